import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import type { ImperativeCommand } from '../project/options.ts';
import { EVENT_FLAGS, LOCK_FLAGS, lockTimeout, PROJECT_FLAGS, projectOptions } from './flags.ts';
import { runApply } from './run-apply.ts';
import type { Terminal } from './terminal.ts';

/** What start, stop, restart, pause and resume take. */
export const IMPERATIVE_ARGS = { id: string({ description: 'workloads', required: true, multiple: true }) };
export const IMPERATIVE_FLAGS = { ...PROJECT_FLAGS, ...LOCK_FLAGS, ...EVENT_FLAGS };
export const CASCADE = {
  cascade: boolean({ summary: 'those that depend on it too; without it they run on, and that is said' }),
};

interface Flags {
  dir?: string | undefined;
  var?: string[] | undefined;
  'var-file'?: string[] | undefined;
  'lock-timeout'?: string | undefined;
  json: boolean;
  'json-into'?: string | undefined;
  cascade?: boolean;
}

/** Runs one imperative command on workloads; it is journalled like any plan. Gives the exit code. */
export function runImperative(
  command: ImperativeCommand,
  ids: string[],
  flags: Flags,
  terminal: Terminal,
): Promise<number> {
  return runApply(
    {
      operation: 'apply',
      command: `pj ${command}`,
      imperative: { command, ids },
      options: projectOptions(flags),
      request: { lockTimeout: lockTimeout(flags) },
      question: undefined,
      show: undefined,
      json: flags.json,
      jsonInto: flags['json-into'],
      execute: (project, { lockTimeout: seconds = 0, drain, abort }) =>
        project[command](ids, {
          cascade: flags.cascade ?? false,
          lockTimeout: seconds,
          ...(drain === undefined ? {} : { drain }),
          ...(abort === undefined ? {} : { abort }),
        }),
    },
    terminal,
  );
}
