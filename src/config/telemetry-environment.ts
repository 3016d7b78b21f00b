import type { ConfigInput } from './config-schema.ts';

/**
 * OpenTelemetry's standard variables for where traces go, as ours: weaker than `homeostat.yaml` and `HOMEOSTAT_*`. Those
 * for headers, time-outs and compression the exporter reads itself.
 */
export function readTelemetryEnvironment(environment: NodeJS.ProcessEnv): ConfigInput {
  if (environment.OTEL_SDK_DISABLED === 'true') return {};
  const traces = environment.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT;
  if (traces) return { telemetry: { traces } };
  const base = environment.OTEL_EXPORTER_OTLP_ENDPOINT;
  return base ? { telemetry: { traces: `${base.replace(/\/+$/, '')}/v1/traces` } } : {};
}
