/** A process with the contract of a function, for the tests of what supervises it. */
const mode = process.env['MODE'];

if (mode === 'broken') {
  process.stderr.write('no such setting\n');
  process.exit(1);
}
if (mode === 'silent') process.exit(0);
process.once('disconnect', () => process.exit(0));
process.on('SIGTERM', () => {
  if (mode !== 'stubborn') process.exit(0);
});
setInterval(() => {}, 60_000);
const line = (severity: string, message: string) =>
  process.stdout.write(
    `${JSON.stringify({ time: 'now', severity, message, function: 'alpha', trace_id: 'abc' })}\n`,
  );
line('INFO', 'listening');
line('WARNING', 'red \x1b[31m alert');
process.stdout.write('no JSON\n');
process.send?.({ type: 'listening', port: Number(process.env['PORT']) });
if (mode === 'brief') process.exit(3);
