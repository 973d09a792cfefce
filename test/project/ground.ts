import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Event, openProject } from '../../src/index.ts';
import { AGENT_ENTRY } from '../../src/project/agent-entry.ts';
import type { ProjectOptions } from '../../src/project/options.ts';
import type { Project } from '../../src/project/project.ts';
import { localStore } from '../../src/state/local.ts';
import { Scratch } from '../support/pj.ts';

/** A process that only lives. */
export const SLEEPER = 'native: { command: /bin/sleep, args: ["100000"] }';

/** A descriptor of a process that only lives. */
export const sleeper = (id: string, more = ''): string => `applicationId: ${id}\n${SLEEPER}\n${more}`;

/** A project in a scratch directory, opened in this process. */
export interface Opened {
  pj: Scratch;
  events: Event[];
  project: Project;
  /** The same project with other options. */
  again(options?: Partial<ProjectOptions>): Project;
  /** What the state holds, by id. */
  recorded(): Promise<string[]>;
  /** Every line of the audit. */
  audit(): { operation: string; result: string; planDigest?: string }[];
}

/** Opens a project with these files; an agent that it needs has a runtime directory of its own. */
export function opened(files: Record<string, string>): Opened {
  const pj = new Scratch(files);
  const events: Event[] = [];
  const again = (options: Partial<ProjectOptions> = {}) =>
    openProject({
      dir: pj.dir,
      env: environment(pj),
      onEvent: (event) => events.push(event),
      ...options,
    });
  return {
    pj,
    events,
    project: again(),
    again,
    recorded: async () => Object.keys((await storeOf(pj).load()).snapshot?.workloads ?? {}).sort(),
    audit: () =>
      readFileSync(join(pj.dir, '.pj/audit.ndjson'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
  };
}

/** The environment of a scratch project, with what may be set beside it. */
export function environment(pj: Scratch, more: Record<string, string> = {}): Record<string, string | undefined> {
  return { PATH: process.env['PATH'], HOME: process.env['HOME'], PJ_AGENT_ENTRY: AGENT_ENTRY, ...pj.env, ...more };
}

/** The state behind a scratch project, to look at and to meddle with. */
export const storeOf = (pj: Scratch) => localStore({ dir: pj.dir, pjVersion: 'test' });

/** What a promise is rejected with. */
export const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => {
      throw new Error(`not rejected, but resolved with ${JSON.stringify(value)}`);
    },
    (thrown: unknown) => thrown,
  );
