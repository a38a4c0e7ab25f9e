/**
 * Loaded into a function before its own program. From when it listens on, the runtime itself stops in order when the
 * process that started it is gone; until then nobody would notice, and the function would stay for ever.
 */
process.once('disconnect', () => {
  if (process.listenerCount('disconnect') === 0) process.exit(0);
});
