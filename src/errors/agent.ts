import { type Entry, entry } from './entry.ts';

/** The agent's watch: PJ57xx. */
export const AGENT_ERRORS = {
  PJ5701: entry(
    'the agent killed it: {reason}',
    'See to what is named there, then `pj apply` brings it back. The restart policy does not.',
  ),
  PJ5702: entry(
    'the agent could not have it done ({what}): {reason}',
    'It is tried again where the restart policy says so. `pj events` and .pj/agent/agent.log tell more.',
  ),
  PJ5703: entry(
    'systemd did not do it: {reason}',
    'Where systemd runs, mend what is named; as an ordinary user it needs a session of yours (`loginctl enable-linger`). Elsewhere have `pj agent start` run at boot.',
  ),
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
