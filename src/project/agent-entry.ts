import { join } from 'node:path';

declare const PJ_DIST: string | undefined;

/** The agent's program: beside the bundle that this is in; run from source, what the last build left. */
export const AGENT_ENTRY: string =
  typeof PJ_DIST === 'string'
    ? join(import.meta.dirname, 'agent.cjs')
    : join(import.meta.dirname, '../../dist/agent.cjs');
