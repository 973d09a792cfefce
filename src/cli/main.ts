import { EXIT, PjError } from '../errors.ts';
import { CATALOG, commandNamed, TOPICS } from './catalog.ts';
import { COMPLETE, readCommandLine } from './command-line.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { usageError, withTwoDashes } from './usage.ts';

/** What oclif's Command asks of its configuration; pj finds and runs its commands by itself, so there is no more. */
const CONFIG = {
  bin: 'pj',
  runHook: async () => ({ successes: [], failures: [] }),
  scopedEnvVar: () => undefined,
};

/** Shows what was thrown; loaded when something was. */
async function failed(thrown: unknown, terminal: Terminal): Promise<number> {
  const { showError } = await import('./show-error.ts');
  return showError(thrown, terminal);
}

/** Runs one command line to its end and ends the process with its exit code. Never throws. */
export async function main(argv: readonly string[]): Promise<void> {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const has = (name: string) => flags.includes(`--${name}`) || flags.includes(`-${name}`);
  const terminal = processTerminal({ noColor: has('no-color'), noInput: has('no-input') });
  const bug = (thrown: unknown) =>
    void failed(thrown, terminal).then(async (exit) => {
      await terminal.flush();
      process.exit(exit);
    });
  process.on('uncaughtException', bug);
  process.on('unhandledRejection', bug);
  let code: number;
  try {
    code = await run(argv, terminal);
    await terminal.flush();
    const failure = terminal.failure();
    if (failure !== undefined) throw new PjError('PJ6014', { reason: failure.message }, { cause: failure });
  } catch (thrown) {
    code = await failed(thrown, terminal);
  }
  await terminal.flush();
  process.exit(code);
}

/** True when it is the first word of a command: the launcher keeps compiled code for those only. */
export function isCommand(word: string): boolean {
  return commandNamed(word) !== undefined || word === COMPLETE || Object.hasOwn(TOPICS, word);
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const asked = readCommandLine(argv);
  if (asked.type === 'version') return run(['version'], terminal);
  if (asked.type === 'help') {
    const { helpOf } = await import('./help.ts');
    terminal.out(await helpOf(asked.of));
    return EXIT.ok;
  }
  if (asked.type === 'complete') {
    const { completionLines } = await import('./complete.ts');
    terminal.out(await completionLines(asked.words));
    return EXIT.ok;
  }
  const entry = CATALOG[asked.name];
  if (entry === undefined) throw new Error(`no command ${asked.name}`);
  const command = await entry.load();
  command.id = asked.name;
  const known = Object.keys({ ...command.baseFlags, ...command.flags });
  const instance = new command(withTwoDashes(asked.argv, known), CONFIG as never);
  instance.terminal = terminal;
  try {
    return await instance.run();
  } catch (thrown) {
    throw usageError(thrown, asked.name, known);
  }
}
