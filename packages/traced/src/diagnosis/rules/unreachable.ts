import { addressOf, nameOf } from '../calls.ts';
import { formatDuration } from '../duration.ts';
import { failureOf, statusOf } from '../failures.ts';
import { withoutCalls } from '../removal.ts';
import { groupBy, lengthOf } from '../sequence.ts';
import type { SpanNode } from '../tree.ts';
import type { Rule } from './context.ts';

// The codes are Node's, Go's and Java's words for what connect(2), DNS and time limits say.
const noResponse =
  /ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOTFOUND|EAI_AGAIN|ESOCKETTIMEDOUT|ERR_SOCKET_CONNECTION_TIMEOUT|UND_ERR_CONNECT_TIMEOUT|connection refused|connect timed? ?out|no route to host|network is unreachable|no such host|host not found|could not connect|no usable connection|took no connection|dial tcp|i\/o timeout|connection timeout|ConnectException|ConnectTimeout|UnknownHost/i;
const connecting = /(^|[ ._])(connect|dial|handshake)$|^(dns|tcp|tls)\b/i;
/** It did respond, if only to say no. */
const turnedAway = /auth|password|denied|permission|certificate|too many/i;

/** Calls that got no response: failed, without a status or a span of the other side. */
export const unreachable: Rule = ({ tree, claimed }) => {
  const dead = tree.nodes.filter(node => hasNoResponse(node) && !claimed.has(node));
  const alike = groupBy(dead, node => JSON.stringify([node.service, node.name, addressOf(node)]));
  return [...alike.values()].map(nodes => {
    const [first] = nodes as [SpanNode, ...SpanNode[]];
    const address = addressOf(first);
    const spent = nodes.reduce((sum, node) => sum + lengthOf(node), 0);
    const times = nodes.length > 1 ? ` in ${nodes.length} attempts` : '';
    const where = address === '' ? 'An address' : address;
    return {
      kind: 'unreachable',
      certainty: 'measured',
      because: 'the calls failed without any response',
      spans: nodes,
      title: `${address === '' ? nameOf(first) : address} does not respond`,
      sentence: `${where} did not respond to ${nameOf(first)} (${failureOf(first)}); ${formatDuration(spent)} went into waiting for it${times}.`,
      advice:
        'Remove this address from the settings, or fix the service behind it; a shorter connect timeout only hides it.',
      evidence: { address, failure: failureOf(first), attempts: nodes.length, spentUs: spent },
      change: withoutCalls(nodes),
    };
  });
};

function hasNoResponse(node: SpanNode): boolean {
  if (!node.failed || node.kind !== 'client' || node.children.length > 0) return false;
  // An instance that the platform calls comes and goes; nobody's settings have its address.
  if (node.ofPlatform) return false;
  // Some write 0 where no response came; gRPC says by a code of its own that none did.
  if (!/^(0|14|UNAVAILABLE)?$/.test(statusOf(node))) return false;
  const failure = `${failureOf(node)} ${node.semantics.facts.errorType}`;
  return noResponse.test(failure) || (connecting.test(node.name) && !turnedAway.test(failure));
}
