/** Microseconds as at most eight characters: `0`, `812 µs`, `12.3 ms`, `10.02 s`, `125 min`, `20 h`. */
export function formatDuration(microseconds: number): string {
  if (microseconds === 0) return '0';
  if (microseconds < 999.5) return `${Math.round(microseconds)} µs`;
  const milliseconds = microseconds / 1e3;
  if (milliseconds < 999.5) return `${milliseconds.toFixed(milliseconds < 99.95 ? 1 : 0)} ms`;
  const seconds = milliseconds / 1e3;
  if (seconds < 999.5) return `${seconds.toFixed(seconds < 99.995 ? 2 : 0)} s`;
  const hours = seconds / 3600;
  if (hours < 16.6) return `${Math.round(seconds / 60)} min`;
  return hours < 999.5 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}
