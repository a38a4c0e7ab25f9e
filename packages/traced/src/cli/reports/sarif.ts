/** SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts show beside a change. */
import { type Reported, type ReportFormat, requestOf, short } from './report-format.ts';

export const sarif: ReportFormat = {
  name: 'sarif',
  render: ({ findings, version }) => {
    const kinds = [...new Set(findings.map(({ finding }) => finding.kind))];
    const driver = { name: 'traced', version, rules: kinds.map(id => ({ id, name: id })) };
    const log = {
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [{ tool: { driver }, results: findings.map(resultOf) }],
    };
    return `${JSON.stringify(log, null, 2)}\n`;
  },
};

function resultOf({ finding, diagnosis, traces, cost, saving, fails, acknowledged }: Reported) {
  const { kind, certainty, service, operation, title, sentence, advice, spans } = finding;
  const name = short(`${service} ${operation}`, 400);
  const identity = JSON.stringify([kind, service, operation, requestOf(diagnosis)]);
  return {
    ruleId: kind,
    level: fails ? 'error' : certainty === 'possible' ? 'note' : 'warning',
    message: { text: [title, sentence, advice].map(text => short(text)).join('\n') },
    // A trace says where in a system, not where in its source.
    locations: [
      { logicalLocations: [{ name: short(operation, 400), fullyQualifiedName: name, kind: 'function' }] },
    ],
    partialFingerprints: { 'tracedFinding/v1': short(identity, 1_000) },
    ...(acknowledged === undefined
      ? {}
      : { suppressions: [{ kind: 'external', justification: acknowledged }] }),
    properties: {
      traceCount: traces,
      costUs: cost,
      savingUs: saving ?? null,
      certainty,
      traceId: diagnosis.tree.traceId,
      spanIds: spans.map(({ id }) => id),
    },
  };
}
