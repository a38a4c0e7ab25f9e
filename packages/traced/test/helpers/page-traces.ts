/** Traces for the page to show. */
import type { JaegerSpan, JaegerTrace } from '../../src/diagnosis/jaeger.ts';
import { drawnAt, timeline } from './timeline.ts';

/** A request with much to mend: a piece of work that stands still, calls in a row, commands one by one, an error. */
export function slowRequest(): JaegerTrace {
  return timeline(
    `
gateway GET /all     |----------------------------------------------------------------------------------------| {kind: server}
  gateway GET         |-------------------------------------------------|                                       {kind: client, server.address: alpha, http.url: "http://alpha/"}
    alpha GET /alpha   |-----------------------------------------------|                                        {kind: server}
      alpha work        ||||||||||||||||---------------------------|
  gateway GET                                                           |------------------------------------|  {kind: client, server.address: redis, http.url: "http://redis/"}
    redis GET /redis                                                     |----------------------------------|   {kind: server}
      redis connect                                                       |---|                                 {kind: client, db.system: redis, server.address: 192.0.2.1, error}
      redis set                                                               |-||-||-||-||-||-||-||-||-|       {kind: client, db.system: redis}
`,
    { columnUs: 10_000 },
  );
}

/** The same with nothing to mend. */
export function quickRequest(): JaegerTrace {
  return timeline(`
gateway GET /all     |--------------------------------| {kind: server}
  gateway GET         |------------------------------|  {kind: client, server.address: alpha}
    alpha GET /alpha   |----------------------------|   {kind: server}
      alpha work        |--||--||--||--||--||--||--|
  gateway GET         |-------------------------|       {kind: client, server.address: redis}
    redis GET /redis   |-----------------------|        {kind: server}
      redis mset        |---------------------|         {kind: client, db.system: redis}
`);
}

const at = (startTime: number, duration: number, id: number, parent: number | undefined, name: string) => ({
  traceID: 't',
  spanID: id.toString(16).padStart(16, '0'),
  operationName: name,
  references:
    parent === undefined
      ? []
      : [{ refType: 'CHILD_OF' as const, traceID: 't', spanID: parent.toString(16).padStart(16, '0') }],
  startTime: drawnAt + startTime,
  duration,
  tags: [],
  logs: [],
  warnings: null,
});

/** A root and under it calls of 100 µs in a row, each with three spans in it, so many spans in all. */
export function longTrace(spans: number): JaegerTrace {
  const list: JaegerSpan[] = [];
  const calls = Math.floor((spans - 1) / 4);
  list.push({ ...at(0, calls * 100 + 100, 1, undefined, 'GET /long'), processID: 'p0' });
  for (let i = 0; list.length < spans; i++) {
    const id = 2 + 4 * i;
    // The names differ by more than a number, so that no two share a row.
    const name = `call ${String.fromCharCode(97 + (i % 26))}${String.fromCharCode(97 + (Math.floor(i / 26) % 26))}${'z'.repeat(Math.floor(i / 676))}`;
    list.push({ ...at(100 * i, 95, id, 1, name), processID: `p${1 + (i % 9)}` });
    list.push({ ...at(100 * i + 5, 80, id + 1, id, 'answer'), processID: `p${1 + ((i + 1) % 9)}` });
    list.push({ ...at(100 * i + 10, 30, id + 2, id + 1, 'read'), processID: `p${1 + ((i + 1) % 9)}` });
    list.push({ ...at(100 * i + 45, 30, id + 3, id + 1, 'write'), processID: `p${1 + ((i + 1) % 9)}` });
  }
  const processes = Object.fromEntries(
    Array.from({ length: 10 }, (_, i) => [`p${i}`, { serviceName: `service-${i}`, tags: [] }]),
  );
  return { traceID: 't', spans: list.slice(0, spans), processes, warnings: null };
}
