import { PjError } from '../errors.ts';
import { nearest } from '../model/nearest.ts';

/** Flags of other tools whose habit people bring along, and what pj calls the same. */
const ELSEWHERE: Record<string, string> = {
  chdir: '--dir',
  'project-directory': '--dir',
  refresh: '--no-refresh',
  input: '--no-input',
  yes: '--auto-approve',
  force: '--auto-approve',
  'rollback-on-failure': '--rollback',
  volumes: '--destroy-volumes',
  lines: '--tail',
  exit: '--detailed-exitcode',
};

/** A command line that names no command; `known` are the names there are. Gives PJ6001. */
export function unknownCommand(words: string, known: readonly string[]): PjError {
  const [first = '', second] = words.split(' ');
  const below = known.filter((name) => name.startsWith(`${first} `));
  if (second !== undefined && below.length > 0) {
    const near = nearest(words, below);
    const advice =
      near === undefined
        ? `There are: ${below.map((name) => `pj ${name}`).join(', ')}.`
        : `Did you mean \`pj ${near}\`?`;
    return new PjError('PJ6001', { command: words }, { advice });
  }
  const meant = nearest(words, known) ?? nearest(first, known);
  return new PjError(
    'PJ6001',
    { command: words },
    meant === undefined ? {} : { advice: `Did you mean \`pj ${meant}\`?` },
  );
}

/**
 * What oclif's parser throws, as pj's own usage error; anything else comes back as it is.
 * @param command its words
 * @param flags long names of the flags that it has
 */
export function usageError(thrown: unknown, command: string, flags: readonly string[]): unknown {
  if (!(thrown instanceof Error) || !('oclif' in thrown)) return thrown;
  const help = `\`pj ${command} --help\` shows what it takes.`;
  if ('flags' in thrown && Array.isArray(thrown.flags)) {
    const written = String(thrown.flags[0]);
    const name = written.replace(/^--?/, '').replace(/=.*$/s, '');
    const elsewhere = ELSEWHERE[name];
    const near = nearest(name, flags);
    const meant = elsewhere !== undefined && flags.includes(elsewhere.slice(2)) ? elsewhere : near && `--${near}`;
    const advice = meant ? `Did you mean \`${meant}\`? ${help}` : help;
    return new PjError('PJ6002', { command, flag: written.replace(/=.*$/s, '') }, { advice });
  }
  const text = thrown.message.replace(/\n?See more help with --help$/, '').trim();
  const name = thrown.constructor.name;
  if (name.startsWith('RequiredArgsError') && 'args' in thrown && Array.isArray(thrown.args)) {
    const args = thrown.args.map((arg: { name: string }) => arg.name.toUpperCase().replaceAll('_', '-'));
    return new PjError('PJ6003', { command, args: args.join(' and ') }, { advice: help });
  }
  if (name.startsWith('UnexpectedArgsError') && 'args' in thrown && Array.isArray(thrown.args)) {
    return new PjError('PJ6004', { command, args: thrown.args.join(' ') }, { advice: help });
  }
  return new PjError('PJ6005', { command, what: plain(text) }, { advice: help });
}

/** oclif's sentences in pj's way: one line, no list of its own inner names. */
function plain(text: string): string {
  const both = /--([\w-]+)=.*? cannot also be provided when using --([\w-]+)/s.exec(text);
  if (both !== null) return `--${both[1]} and --${both[2]} exclude each other`;
  const needs = /All of the following must be provided when using --([\w-]+): (--[\w-]+(?:, --[\w-]+)*)/s.exec(text);
  if (needs !== null) return `--${needs[1]} is only for ${needs[2]}`;
  const line = text
    .replace(/^The following errors? occurred:\s*/i, '')
    .split('\n')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join('; ');
  return line.replace(/^Flag /, '').replace(/\.$/, '');
}

/**
 * Long flags with one dash (`-out=FILE`), as Terraform writes them, as the same with two; what stands behind `--` is left alone.
 */
export function withTwoDashes(argv: readonly string[], flags: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((arg, i) => {
    const name = /^-([a-z][a-z-]+)(?:=|$)/.exec(arg)?.[1];
    return name !== undefined && (end < 0 || i < end) && flags.includes(name) ? `-${arg}` : arg;
  });
}
