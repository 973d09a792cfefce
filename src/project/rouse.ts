import { readAwakeConfig, writeAwakeConfig } from '../agent/awake/config-file.ts';
import { startAgent } from '../agent/control.ts';
import { asPjError } from '../errors.ts';
import type { PlanMode } from '../model/plan.ts';
import type { ProjectConfig } from '../model/project.ts';
import type { Snapshot } from '../model/record.ts';
import { wantsWatch } from '../model/spec.ts';
import { VERSION } from '../version.ts';
import { AGENT_ENTRY } from './agent-entry.ts';
import type { Run } from './run.ts';

/** Leaves what pj.yaml says for the agent where that finds it. */
export function leaveConfig(dir: string, config: ProjectConfig): void {
  writeAwakeConfig(dir, { name: config.name, agent: config.agent ?? {} });
}

/**
 * The same after a run in this mode. Only an apply brings in what pj.yaml says by now: a draft in it, or a mistake, must not come into force because somebody,
 * or the agent itself, has restarted something.
 */
export function leaveApplied({ dir, loaded }: Run, mode: PlanMode): void {
  const { config, errors } = loaded;
  const applies = mode !== 'imperative' && errors.length === 0;
  if (applies || readAwakeConfig(dir) === undefined) leaveConfig(dir, config);
}

/** Starts the agent where something that was applied wants watching. What was applied stands, so a failure is only told. */
export async function rouse(run: Run, snapshot: Snapshot, mode: PlanMode): Promise<void> {
  const records = Object.values(snapshot.workloads);
  try {
    leaveApplied(run, mode);
    const { metrics, telemetry, drift } = readAwakeConfig(run.dir)?.agent ?? {};
    const asked = metrics !== undefined || telemetry !== undefined || drift !== undefined;
    if (records.length === 0 || !(asked || records.some(({ spec }) => wantsWatch(spec)))) return;
    const env = run.options.env ?? process.env;
    await startAgent({ project: run.dir, env, version: VERSION, agentEntry: AGENT_ENTRY, signal: run.signal });
  } catch (thrown) {
    const { code, message: summary, hint: detail } = asPjError(thrown);
    run.emit({ type: 'diagnostic', severity: 'warning', code, summary, detail });
  }
}
