import { type Entry, entry } from './entry.ts';

/** The agent's watch: PJ57xx. */
export const AGENT_ERRORS = {
  PJ5740: entry(
    'the metrics cannot be served on {host}:{port}: {reason}',
    'Choose another `agent.metrics.port` (0 takes any free one) or host in pj.yaml, then `pj apply`; or end what listens there.',
  ),
  PJ5770: entry(
    'the trace of this run was not sent to {endpoint}: {reason}',
    'What was done stands. See to the collector or OTEL_EXPORTER_OTLP_ENDPOINT; OTEL_SDK_DISABLED=true switches telemetry off.',
  ),
  PJ5771: entry(
    'telemetry is not as it was asked for: {reason}',
    'Mend the OTEL_ variables or `agent.telemetry` in pj.yaml. The run goes on without what is named.',
  ),
} satisfies Record<string, Entry>;
