import { type Entry, entry } from './entry.ts';

/** The agent's watch: PJ57xx. */
export const AGENT_ERRORS = {
  PJ5740: entry(
    'the metrics cannot be served on {host}:{port}: {reason}',
    'Choose another `agent.metrics.port` (0 takes any free one) or host in pj.yaml, then `pj apply`; or end what listens there.',
  ),
} satisfies Record<string, Entry>;
