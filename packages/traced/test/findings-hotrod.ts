import test from 'ava';
import { diagnose } from '../src/diagnosis/diagnose.ts';
import { timeline } from './helpers/timeline.ts';

/**
 * A request as Jaeger's example HotROD makes it: a database that lets one query in at a time, drivers looked up one by
 * one, of which some time out, and routes asked by a pool of three workers. A column is 5 ms.
 */
const dispatch = `
    frontend GET /dispatch            |-------------------------------------------------------------------------------------------------------------------------------------|  {kind: server}
      frontend GET                     |------------------------------------------------------------|                                                                            {kind: client, http.method: GET, http.url: "http://customer/customer?customer=123"}
        customer GET /customer         |------------------------------------------------------------|                                                                            {kind: server}
          mysql SELECT                 |------------------------------------------------------------|                                                                            {kind: client, db.system: mysql, db.query.text: SELECT * FROM customer WHERE customer_id=123}
      frontend FindNearest                                                                           |------------------------------------------|                                {kind: client, rpc.system: grpc, rpc.method: FindNearest}
        driver FindNearest                                                                           |------------------------------------------|                                {kind: server}
          redis FindDriverIDs                                                                        |---|                                                                       {kind: client, db.system: redis, param.location: "115,277"}
          redis GetDriver                                                                                |-----|                                                                 {kind: client, db.system: redis, param.driverID: T731398C, error, error.message: redis timeout}
          redis GetDriver                                                                                      |--|                                                              {kind: client, db.system: redis, param.driverID: T731398C}
          redis GetDriver                                                                                         |--|                                                           {kind: client, db.system: redis, param.driverID: T782339C}
          redis GetDriver                                                                                            |-|                                                         {kind: client, db.system: redis, param.driverID: T761501C}
          redis GetDriver                                                                                              |--|                                                      {kind: client, db.system: redis, param.driverID: T703493C}
          redis GetDriver                                                                                                 |------|                                               {kind: client, db.system: redis, param.driverID: T712846C, error, error.message: redis timeout}
          redis GetDriver                                                                                                        |-|                                             {kind: client, db.system: redis, param.driverID: T712846C}
          redis GetDriver                                                                                                          |--|                                          {kind: client, db.system: redis, param.driverID: T725535C}
          redis GetDriver                                                                                                             |-|                                        {kind: client, db.system: redis, param.driverID: T767096C}
          redis GetDriver                                                                                                               |--|                                     {kind: client, db.system: redis, param.driverID: T769204C}
          redis GetDriver                                                                                                                  |-|                                   {kind: client, db.system: redis, param.driverID: T707833C}
          redis GetDriver                                                                                                                    |--|                                {kind: client, db.system: redis, param.driverID: T782193C}
      frontend GET                                                                                                                              |------|-------|-----|-----|     {kind: client, http.method: GET, http.url: "http://route/route?pickup=115,277"}
      frontend GET                                                                                                                              |-------|-----|------|           {kind: client, http.method: GET, http.url: "http://route/route?pickup=330,112"}
      frontend GET                                                                                                                              |-----|-----|-------|            {kind: client, http.method: GET, http.url: "http://route/route?pickup=17,201"}
`;

test('HotROD’s faults are each found once: the database’s lock, the pool, the drivers one by one, their timeouts', t => {
  const trace = timeline(dispatch, { columnUs: 5_000 });
  const waiting = { key: 'event', type: 'string' as const, value: 'Waiting for lock behind 1 transactions' };
  trace.spans
    .find(({ operationName }) => operationName === 'SELECT')
    ?.logs.push({ timestamp: 0, fields: [waiting] });
  const { findings } = diagnose(trace);
  t.deepEqual(
    findings.map(({ kind, service, title, saving }) => [kind, service, title, saving]),
    [
      ['lock-wait', 'mysql', 'mysql SELECT waits 305 ms', 305_000],
      ['one-by-one', 'redis', '10 GetDriver commands sequentially', 115_000],
      ['serial-calls', 'frontend', '10 GET /route calls, 3 at a time', 95_000],
      ['retries', 'redis', 'redis GetDriver tried 2 times, in 2 places', 65_000],
    ],
  );
  t.regex(findings[0]?.sentence ?? '', /Its log says: "Waiting for lock behind 1 transactions"\.$/);
});
