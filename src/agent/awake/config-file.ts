import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentConfig } from '../../model/awake.ts';

/** What a run of pj leaves for the agent, which reads no descriptors itself: the project's name and what pj.yaml says for it. No secret is in it. */
export interface AwakeConfig {
  name: string;
  agent: AgentConfig;
}

const fileOf = (project: string): string => join(project, '.pj', 'agent', 'config.json');

/** Writes it where it says something else by now. */
export function writeAwakeConfig(project: string, config: AwakeConfig): void {
  const path = fileOf(project);
  const text = JSON.stringify(config);
  if (readText(path) === text) return;
  mkdirSync(join(project, '.pj', 'agent'), { recursive: true, mode: 0o700 });
  const next = `${path}.${process.pid}.tmp`;
  writeFileSync(next, text, { mode: 0o600 });
  renameSync(next, path);
}

/** Undefined where no run has left one, or where it cannot be read. */
export function readAwakeConfig(project: string): AwakeConfig | undefined {
  try {
    return JSON.parse(readText(fileOf(project)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** Changes when it was written anew. */
export function awakeConfigStamp(project: string): string {
  const stat = statSync(fileOf(project), { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}-${stat.mtimeMs}`;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
