import { type Entry, entry } from './entry.ts';

/** 57xx: what the agent does beside watching what it started itself, and what is told of runs to others. */
export const AGENT_ERRORS = {
  PJ5770: entry(
    'the trace of this run was not sent to {endpoint}: {reason}',
    'What was done stands. See to the collector or OTEL_EXPORTER_OTLP_ENDPOINT; OTEL_SDK_DISABLED=true switches telemetry off.',
  ),
  PJ5771: entry(
    'telemetry is not as it was asked for: {reason}',
    'Mend the OTEL_ variables or `agent.telemetry` in pj.yaml. The run goes on without what is named.',
  ),
} satisfies Record<string, Entry>;
