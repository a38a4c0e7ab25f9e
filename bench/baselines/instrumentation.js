// As OpenTelemetry documents it: loaded before the application by `node --require`. Of the instrumentations only the
// one that this function needs.
const { JaegerExporter } = require('@opentelemetry/exporter-jaeger');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { NodeSDK } = require('@opentelemetry/sdk-node');

const sdk = new NodeSDK({
  traceExporter: new JaegerExporter({ endpoint: process.env.OTEL_EXPORTER_JAEGER_ENDPOINT }),
  instrumentations: [new HttpInstrumentation()],
});
sdk.start();
