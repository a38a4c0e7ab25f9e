/**
 * What Node is started with to run a function, here and in the image: a young generation of 2 MB, which the objects of
 * a request fit in, where V8 would let it grow to 16, and one thread beside the main one for collecting and compiling,
 * as there is a core or less for all of them. docs/performance.md has what each saves.
 */
export const nodeOptions = ['--max-semi-space-size=2', '--v8-pool-size=1'];
