import { commandNamed, commandNames, TOPICS } from './catalog.ts';
import { unknownCommand } from './usage.ts';

/** What a command line asks for. */
export type Asked =
  | { type: 'command'; name: string; argv: string[] }
  /** Help of a command, of a topic (`state`), or of pj as a whole (''). */
  | { type: 'help'; of: string }
  | { type: 'version' }
  /** What may stand in place of the last word: the scripts of the shells ask with `pj __complete -- WORDS`. */
  | { type: 'complete'; words: string[] };

/** The first word of what the completion scripts ask. */
export const COMPLETE = '__complete';

/** Global flags that may stand before the command, and whether they take a value. */
const LEADING: Record<string, boolean> = { '--dir': true, '-dir': true, '--no-color': false, '--no-input': false };

/** Global flags (with their values) that stand before the command, and the words from the command on. */
export function splitLeading(argv: readonly string[]): { leading: string[]; rest: string[] } {
  const rest = [...argv];
  const leading: string[] = [];
  for (let flag = rest[0]; flag?.startsWith('-'); flag = rest[0]) {
    const takes = LEADING[flag.split('=')[0] ?? ''];
    if (takes === undefined) break;
    leading.push(...rest.splice(0, takes && !flag.includes('=') ? 2 : 1));
  }
  return { leading, rest };
}

/**
 * Reads which command is asked for; global flags may stand before it. Throws PJ6001 for what is no command.
 */
export function readCommandLine(argv: readonly string[]): Asked {
  if (argv[0] === COMPLETE) return { type: 'complete', words: argv.slice(argv.indexOf('--') + 1) };
  const { leading, rest } = splitLeading(argv);
  const flag = rest[0];
  if (flag === '--help' || flag === '-h') return { type: 'help', of: '' };
  if (flag === '--version' || flag === '-v') return { type: 'version' };
  if (flag?.startsWith('-')) throw unknownCommand(flag, commandNames());
  const asksHelp = rest[0] === 'help';
  if (asksHelp) rest.shift();
  const [first, second] = rest;
  if (first === undefined) return { type: 'help', of: '' };
  const two = second === undefined ? undefined : commandNamed(`${first} ${second}`);
  const name = two ?? commandNamed(first);
  if (name === undefined) {
    if (Object.hasOwn(TOPICS, first) && (second === undefined || second.startsWith('-')))
      return { type: 'help', of: first };
    throw unknownCommand(
      second === undefined || second.startsWith('-') || !(first in TOPICS) ? first : `${first} ${second}`,
      commandNames(),
    );
  }
  const own = [...leading, ...rest.slice(two === undefined ? 1 : 2)];
  const end = own.indexOf('--');
  const flags = end < 0 ? own : own.slice(0, end);
  const wantsHelp = asksHelp || flags.includes('--help') || flags.includes('-h');
  if (wantsHelp) return { type: 'help', of: name };
  return { type: 'command', name, argv: own };
}
