/** The part of redis-parser 3 (which has no types of its own) that the stand-in uses. */
declare module 'redis-parser' {
  export default class RedisParser {
    constructor(options: {
      returnReply(reply: unknown): void;
      returnError(error: Error): void;
      returnFatalError?(error: Error): void;
      returnBuffers?: boolean;
    });
    /** The arrays that are not complete yet, one for each level of nesting. */
    readonly arrayCache: readonly unknown[];
    execute(chunk: Buffer): void;
  }
}
