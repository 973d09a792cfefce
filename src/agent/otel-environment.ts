import { resolve } from 'node:path';

/** Files that OTEL_ variables name. */
const FILES = /^OTEL_EXPORTER_OTLP_(?:TRACES_|METRICS_|LOGS_)?(?:CERTIFICATE|CLIENT_CERTIFICATE|CLIENT_KEY)$/;

/** What an agent inherits for its telemetry from whoever starts it: OTEL_*, paths made absolute, as it lives elsewhere. The caller's trace (TRACEPARENT) is not its own. */
export function otelEnvironment(env: Record<string, string | undefined>, cwd: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined || value === '' || !name.startsWith('OTEL_')) continue;
    found[name] = FILES.test(name) ? resolve(cwd, value) : value;
  }
  return found;
}
