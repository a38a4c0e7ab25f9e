import net from 'node:net';
import type { ExecutionContext } from 'ava';

export interface RawResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

function parse(text: string): RawResponse {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const pairs = lines.map(line => [
    line.split(':', 1)[0]?.toLowerCase(),
    line.slice(line.indexOf(':') + 1).trim(),
  ]);
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: Object.fromEntries(pairs),
    body: rest.join('\r\n\r\n'),
  };
}

/** Sends bytes as they are and reads until the other side closes. */
export function exchange(port: number, bytes: string): Promise<RawResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
  let text = '';
  const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
  socket.setEncoding('utf8').on('data', data => {
    text += data;
  });
  socket.on('error', reject).on('close', () => resolve(parse(text)));
  return promise;
}

/** Asserts that a response is the contract's problem document: its shape, its trace's id, and nothing of our own in it. */
export function isProblem(
  t: ExecutionContext,
  { status, headers, body }: RawResponse,
  expected: number,
): void {
  t.is(status, expected, body);
  t.is(headers['content-type'], 'application/problem+json');
  const problem = JSON.parse(body);
  t.deepEqual(Object.keys(problem), ['type', 'title', 'status', 'detail', 'traceId']);
  t.is(problem.status, expected);
  t.regex(problem.traceId, /^[0-9a-f]{32}$/);
  t.is(headers['traceresponse']?.split('-')[1], problem.traceId);
  t.notRegex(body, /secret|127\.0\.0\.1|node_modules|\.ts/);
}
