import { agentStatus, startAgent, stopAgent, unitOf } from '../agent/control.ts';
import { VERSION } from '../version.ts';
import { AGENT_ENTRY } from './agent-entry.ts';
import { askAwake } from './awake-status.ts';
import type { ProjectOptions } from './options.ts';
import type { ProjectAgent } from './project.ts';
import { leaveConfig } from './rouse.ts';
import { withRun } from './run.ts';

/** The agent of the project in `dir`. */
export function agentOf(dir: string, options: ProjectOptions): ProjectAgent {
  const env = options.env ?? process.env;
  const caller = { project: dir, env, version: VERSION };
  return {
    start: async () => {
      await withRun(options, { keepKey: false }, async ({ loaded }) => leaveConfig(dir, loaded.config));
      return startAgent({ ...caller, agentEntry: AGENT_ENTRY, ...(options.signal ? { signal: options.signal } : {}) });
    },
    stop: () => stopAgent(caller),
    status: async () => {
      const status = await agentStatus(caller);
      const told = status.running ? (await askAwake(caller)).told : undefined;
      if (told === undefined) return status;
      const { workloads: _, ...watch } = told;
      return { ...status, watch };
    },
    unit: async () =>
      unitOf({ ...{ project: dir, node: process.execPath, agentEntry: AGENT_ENTRY, env }, cwd: process.cwd() }),
  };
}
