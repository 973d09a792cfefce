import { boolean, integer, string } from '@oclif/core/flags';
import { PjError } from '../errors.ts';
import type { PlanRequest, ProjectOptions } from '../project/options.ts';
import { durationFlag } from './duration.ts';

/** A flag that may be given several times, one value each: `--target a --target b`. */
const several = (summary: string, helpValue: string) =>
  string({ summary, helpValue, multiple: true, multipleNonGreedy: true });

/** Flags of every command that reads descriptors. */
export const PROJECT_FLAGS = {
  var: several('set a variable (NAME=VALUE); sensitive ones belong into PJ_VAR_NAME or a file', 'NAME=VALUE'),
  'var-file': several('read variables from a YAML or JSON file', 'FILE'),
};

/** Flags that say what is planned. */
export const PLAN_FLAGS = {
  destroy: boolean({ summary: 'plan to destroy everything', exclusive: ['refresh-only'] }),
  'refresh-only': boolean({ summary: 'only show what changed outside pj; plan nothing' }),
  'no-refresh': boolean({ summary: 'believe the state, do not ask the engines', exclusive: ['refresh-only'] }),
  target: several('only this workload, with what it depends on', 'ID'),
  exclude: several('all but this workload and what depends on it', 'ID'),
  replace: several('replace this workload though nothing changed', 'ID'),
  'allow-data-loss': boolean({ summary: 'allow steps that lose data (disks, persistent volumes)' }),
  'destroy-volumes': boolean({ summary: 'persistent volumes go with their workloads (needs --allow-data-loss)' }),
  prune: boolean({ summary: "remove orphans: what bears this project's marks and is not in its state" }),
};

/** Flags that say how a plan is shown to people. */
export const DETAIL_FLAGS = {
  summary: boolean({ summary: 'one line a workload', exclusive: ['full'] }),
  full: boolean({ summary: 'hide nothing: unchanged attributes and workloads too' }),
};

/** Flags of every command that writes state. */
export const LOCK_FLAGS = {
  'lock-timeout': string({
    summary: 'wait so long for another run to end (30s, 5m); default: not at all',
    helpValue: 'TIME',
  }),
};

/** Flags of commands that run a plan. */
export const RUN_FLAGS = {
  ...LOCK_FLAGS,
  parallelism: integer({ summary: "steps at once (default: pj.yaml's parallelism, else 10)", helpValue: 'N', min: 1 }),
  rollback: boolean({ summary: 'a changed workload that fails goes back to its last good spec' }),
  'auto-approve': boolean({ summary: 'do not ask' }),
};

/** Flags of commands that tell what happens while it happens. */
export const EVENT_FLAGS = {
  json: boolean({ summary: 'print one JSON object a line, an event each' }),
  'json-into': string({ summary: 'write the events into a file as well', helpValue: 'FILE', exclusive: ['json'] }),
};

/** How a project is opened, from the flags. Throws PJ6009 for a variable that is not NAME=VALUE. */
export function projectOptions(flags: {
  dir?: string | undefined;
  var?: string[] | undefined;
  'var-file'?: string[] | undefined;
}): ProjectOptions {
  const vars: Record<string, string> = {};
  for (const text of flags.var ?? []) {
    const equals = text.indexOf('=');
    if (equals < 1) throw new PjError('PJ6009', { text });
    vars[text.slice(0, equals)] = text.slice(equals + 1);
  }
  return { ...(flags.dir === undefined ? {} : { dir: flags.dir }), vars, varFiles: flags['var-file'] ?? [] };
}

type PlanFlagValues = {
  destroy?: boolean;
  'refresh-only'?: boolean;
  'no-refresh'?: boolean;
  target?: string[] | undefined;
  exclude?: string[] | undefined;
  replace?: string[] | undefined;
  'allow-data-loss': boolean;
  'destroy-volumes': boolean;
  prune: boolean;
};

/** What to plan, from the flags. */
export function planRequest(flags: PlanFlagValues): PlanRequest {
  return {
    destroy: flags.destroy ?? false,
    refreshOnly: flags['refresh-only'] ?? false,
    refresh: !(flags['no-refresh'] ?? false),
    targets: flags.target ?? [],
    excludes: flags.exclude ?? [],
    replace: flags.replace ?? [],
    allowDataLoss: flags['allow-data-loss'],
    destroyVolumes: flags['destroy-volumes'],
    prune: flags.prune,
  };
}

/** Seconds to wait for the lock. Throws PJ6008. */
export function lockTimeout(flags: { 'lock-timeout'?: string | undefined }): number {
  return flags['lock-timeout'] === undefined ? 0 : durationFlag('--lock-timeout', flags['lock-timeout']);
}
