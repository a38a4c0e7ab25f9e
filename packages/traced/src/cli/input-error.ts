/** What was asked for or given cannot be used; the message is for people. Ends the command with exit status 2. */
export class InputError extends Error {
  override name = 'InputError';
}

/** A few of these names for a message, the closest to `wanted` first, with how many more there are. */
export function listed(names: readonly string[], wanted = '', most = 12): string {
  const near = (name: string) => (wanted !== '' && name.toLowerCase().includes(wanted.toLowerCase()) ? 0 : 1);
  const ordered = [...names].sort((a, b) => near(a) - near(b) || (a < b ? -1 : 1));
  const rest = ordered.length - most;
  return ordered.slice(0, most).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

/** A name that a backend does not know, with those that it does, the closest first. */
export function unknownName(
  what: 'service' | 'operation',
  name: string,
  available: readonly string[],
  address: string,
): InputError {
  const others = available.length === 0 ? `${address} has none yet` : `available: ${listed(available, name)}`;
  return new InputError(`unknown ${what} "${name}"; ${others}`);
}
