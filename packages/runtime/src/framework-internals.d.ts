/** What the Functions Framework keeps to itself and the runtime shares with it, so that both have one registry. */
declare module '@google-cloud/functions-framework/build/src/function_registry.js' {
  export const isValidFunctionName: (name: string) => boolean;
  export const getRegisteredFunction: (
    name: string,
  ) =>
    | { signatureType: 'http' | 'event' | 'cloudevent'; userFunction: (...args: unknown[]) => unknown }
    | undefined;
}
declare module '@google-cloud/functions-framework/build/src/pubsub_middleware.js' {
  export const legacyPubSubEventMiddleware: import('express').RequestHandler;
}
declare module '@google-cloud/functions-framework/build/src/middleware/cloud_event_to_background_event.js' {
  export const cloudEventToBackgroundEventMiddleware: import('express').RequestHandler;
}
declare module '@google-cloud/functions-framework/build/src/middleware/background_event_to_cloud_event.js' {
  export const backgroundEventToCloudEventMiddleware: import('express').RequestHandler;
}
declare module '@google-cloud/functions-framework/build/src/logger.js' {
  export function loggingHandlerAddExecutionContext(): void;
}
declare module '@google-cloud/functions-framework/build/src/async_local_storage.js' {
  export const asyncLocalStorageMiddleware: import('express').RequestHandler;
}
