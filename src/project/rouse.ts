import { writeAwakeConfig } from '../agent/awake/config-file.ts';
import { startAgent } from '../agent/control.ts';
import { asPjError } from '../errors.ts';
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

/** Starts the agent where something that was applied wants watching. What was applied stands, so a failure is only told. */
export async function rouse(run: Run, snapshot: Snapshot): Promise<void> {
  const { config } = run.loaded;
  const records = Object.values(snapshot.workloads);
  try {
    leaveConfig(run.dir, config);
    const { metrics, telemetry, drift } = config.agent ?? {};
    const asked = metrics !== undefined || telemetry !== undefined || drift !== undefined;
    if (records.length === 0 || !(asked || records.some(({ spec }) => wantsWatch(spec)))) return;
    const env = run.options.env ?? process.env;
    await startAgent({ project: run.dir, env, version: VERSION, agentEntry: AGENT_ENTRY, signal: run.signal });
  } catch (thrown) {
    const { code, message: summary, hint: detail } = asPjError(thrown);
    run.emit({ type: 'diagnostic', severity: 'warning', code, summary, detail });
  }
}
