/** What keeps a build from going on: a sentence for the person who started it, who can do something about it. */
export class BuildError extends Error {
  override name = 'BuildError';
}
