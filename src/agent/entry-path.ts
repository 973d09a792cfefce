import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The agent's program: beside the bundle that this is in; run from source, what the last build left. */
export function defaultAgentEntry(): string {
  const beside = join(import.meta.dirname, 'agent.cjs');
  return existsSync(beside) ? beside : join(import.meta.dirname, '../../dist/agent.cjs');
}
