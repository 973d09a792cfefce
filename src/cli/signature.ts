import type { PjCommandClass } from './command.ts';

/** What is written, and what it does. */
export type Row = [written: string, does: string];

/** `pj apply [PLANFILE] [FLAGS]` */
export function usageLine(name: string, command: PjCommandClass): string {
  const args = Object.entries(command.args).map(([key, arg]) => {
    const word = argumentName(key) + (arg.multiple || command.strict === false ? '...' : '');
    return arg.required ? word : `[${word}]`;
  });
  return ['pj', name, ...args, '[FLAGS]'].join(' ');
}

/** The arguments, in order. */
export function argumentRows(command: PjCommandClass): Row[] {
  return Object.entries(command.args).map(([key, arg]) => [
    argumentName(key),
    `${arg.description ?? ''}${choices(arg.options)}`,
  ]);
}

/** The flags, as written in the command's code, and those that every command has. */
export function flagRows(command: PjCommandClass): { own: Row[]; global: Row[] } {
  const rows = (flags: PjCommandClass['flags'] | undefined): Row[] =>
    Object.entries(flags ?? {}).flatMap(([name, flag]) => {
      if (flag.hidden) return [];
      const value = flag.type === 'option' ? ` ${flag.options?.join('|') ?? flag.helpValue ?? 'VALUE'}` : '';
      const short = flag.char === undefined ? '' : `-${flag.char}, `;
      const more = flag.type === 'option' && flag.multiple ? ' (may be repeated)' : '';
      const env = flag.env === undefined ? '' : ` [${flag.env}]`;
      return [[`${short}--${name}${value}`, `${flag.summary ?? ''}${more}${env}`]];
    });
  return { own: rows(command.flags), global: rows(command.baseFlags) };
}

const argumentName = (key: string): string => key.toUpperCase();

function choices(options: readonly string[] | undefined): string {
  return options === undefined ? '' : ` (${options.join(', ')})`;
}
