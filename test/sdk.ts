import test from 'ava';
import lock from '../package-lock.json' with { type: 'json' };

/** The folders that hold a package. */
const placesOf = (name: string): string[] =>
  Object.keys(lock.packages).filter(path => path.endsWith(`node_modules/${name}`));

test('OpenTelemetry’s packages are there once, but for those of the Jaeger exporter', t => {
  const names = new Set(
    Object.keys(lock.packages).flatMap(path => /@opentelemetry\/[^/]+$/.exec(path)?.[0] ?? []),
  );
  t.true(names.has('@opentelemetry/core') && names.has('@opentelemetry/sdk-node'));
  for (const name of names) {
    const others = placesOf(name).filter(path => !path.includes('/exporter-jaeger/node_modules/'));
    t.deepEqual(others, [`node_modules/${name}`]);
  }
});
