/**
 * Loaded into a function before its own program, so that it ends with the process that started it even if that one is
 * killed. From when it listens on, the runtime itself stops in order when the channel to its parent ends; until then
 * nobody else would notice.
 */
process.once('disconnect', () => {
  if (process.listenerCount('disconnect') === 0) process.exit(0);
});

// The pipes end with the parent too. A log line that can't be written must not become an error that is logged.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
