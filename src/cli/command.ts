import { Command } from '@oclif/core/command';
import { boolean, string } from '@oclif/core/flags';
import type { ProjectOptions } from '../project/options.ts';
import type { Project } from '../project/project.ts';
import { jsonText } from '../views/json-text.ts';
import { projectOptions } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** Flags that every command has. */
export const GLOBAL_FLAGS = {
  dir: string({
    summary: 'the directory of the project',
    helpValue: 'DIR',
    env: 'PJ_DIR',
    helpGroup: 'GLOBAL',
  }),
  'no-color': boolean({ summary: 'no colours (also NO_COLOR, PJ_NO_COLOR)', helpGroup: 'GLOBAL' }),
  'no-input': boolean({ summary: 'never ask anything (also CI)', helpGroup: 'GLOBAL' }),
};

/** What a command gives to be shown in its help. */
export interface Example {
  command: string;
  does: string;
}

/** A command of pj: flags in, one call, a view out. `run` gives the exit code. */
export abstract class PjCommand extends Command {
  static override baseFlags = GLOBAL_FLAGS;
  /** Shown in the help, first the most common. */
  static samples: readonly Example[] = [];
  /** Given by main before `run`. */
  terminal!: Terminal;

  abstract override run(): Promise<number>;

  /** The project that the flags name. Its code is loaded here and not before: help and completion do without. */
  protected async project(flags: Parameters<typeof projectOptions>[0], more: ProjectOptions = {}): Promise<Project> {
    const { openProject } = await import('../project/open.ts');
    return openProject({ ...projectOptions(flags), ...more });
  }

  /** Writes a result: one or more lines. */
  protected print(text: string): void {
    this.terminal.out(text.endsWith('\n') || text === '' ? text : `${text}\n`);
  }

  /** Writes a value as JSON for programs. */
  protected printJson(value: unknown): void {
    this.terminal.out(`${jsonText(value, 2)}\n`);
  }

  /** Writes what is not a result: notes, progress, warnings. */
  protected note(text: string): void {
    this.terminal.err(text.endsWith('\n') || text === '' ? text : `${text}\n`);
  }
}

/** A command's class, as the catalogue gives it. */
export type PjCommandClass = (new (argv: string[], config: Command['config']) => PjCommand) & typeof PjCommand;
