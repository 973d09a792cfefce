import { type RunResult, run } from '../../../../os/exec.ts';
import { withMemoryFile } from '../../../../os/memory-file.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import { complaint, isAway, isNotThere, refusal } from './complaint.ts';

const USUAL_MS = 60_000;
/** One argument may have 128 KiB. */
const BATCH_LENGTH = 100_000;
const MARK = '@@pj';

export interface VirshOptions {
  timeoutMs?: number;
  /** It reads this as the file /dev/stdin. */
  input?: string;
  env?: Readonly<Record<string, string>>;
}

/** Where virsh is to keep the commands that it reads: nowhere, which it complains of at its end. */
const UNWRITTEN = { XDG_CACHE_HOME: '/dev/null', VIRSH_HISTSIZE: '0' };

/** One connection of libvirt's, through virsh. */
export interface Virsh {
  readonly uri: string;
  /** Its daemon is on this host: paths and addresses are the same for both. */
  readonly local: boolean;
  /** Runs one command and gives what it printed. Throws PJ5505 with what it complained of, PJ5506 where libvirt does not answer. */
  call(argv: readonly string[], doing: Doing, context: CallContext, options?: VirshOptions): Promise<string>;
  /** As call; undefined where what it is about is not there. */
  ask(argv: readonly string[], doing: Doing, context: CallContext, options?: VirshOptions): Promise<string | undefined>;
  /**
   * As call, for a command that may hold what nobody is to read in a list of processes: virsh reads it from memory, and keeps no history of it.
   * Gives everything that virsh printed, the command too where it echoes it; whether it went well is for the caller to see.
   */
  whisper(argv: readonly string[], doing: Doing, context: CallContext, options?: VirshOptions): Promise<RunResult>;
  /** Many commands in one process; what each printed, which is nothing where it failed. Throws PJ5506 where libvirt does not answer. */
  batch(commands: readonly (readonly string[])[], doing: Doing, context: CallContext): Promise<string[]>;
  /** How virsh is started for a command, for whoever joins it with other streams. */
  argv(command: readonly string[]): string[];
  readonly env: Record<string, string>;
}

export function virshAt(uri: string, env: Record<string, string | undefined>): Virsh {
  const clean = { ...defined(env), LC_ALL: 'C' };
  const argv = (command: readonly string[]): string[] => ['virsh', '-c', uri, '-q', ...command];
  const start = async (
    command: readonly string[],
    doing: Doing,
    { signal }: CallContext,
    { timeoutMs = USUAL_MS, input, env: more }: VirshOptions = {},
  ): Promise<RunResult> => {
    const go = (stdin?: number): Promise<RunResult> =>
      run(argv(command), {
        timeoutMs,
        env: { ...clean, ...more },
        signal,
        maxOutput: 64 << 20,
        ...(stdin === undefined ? {} : { stdin }),
      });
    const result = await (input === undefined ? go() : withMemoryFile(input, go));
    if (result.timedOut) throw refusal(doing, `virsh ${command[0] ?? ''} took more than ${timeoutMs / 1000} s`);
    return result;
  };
  const ask: Virsh['ask'] = async (command, doing, context, options) => {
    const { code, stdout, stderr } = await start(command, doing, context, options);
    if (code === 0) return stdout;
    if (isNotThere(stderr)) return undefined;
    throw refusal(doing, complaint(stderr), uri);
  };
  return {
    uri,
    local: isLocal(uri),
    argv,
    env: clean,
    ask,
    async call(command, doing, context, options) {
      const { code, stdout, stderr } = await start(command, doing, context, options);
      if (code === 0) return stdout;
      throw refusal(doing, complaint(stderr), uri);
    },
    whisper: (command, doing, context, options) =>
      start([], doing, context, { ...options, input: `${inText(command)}\n`, env: UNWRITTEN }),
    async batch(commands, doing, context) {
      const outputs: string[] = [];
      for (const some of inPortions(commands.map(inText))) {
        // After each of them, as what fails prints nothing.
        const { stdout, stderr } = await start([some.map((one) => `${one}; echo ${MARK};`).join(' ')], doing, context);
        const parts = stdout.split(new RegExp(`${MARK}\\n?`));
        // One that lost its connection half-way says nothing of the rest, which is not gone for that.
        if (parts.length <= some.length || isAway(stderr)) throw refusal(doing, complaint(stderr), uri);
        outputs.push(...parts.slice(0, some.length));
      }
      return outputs;
    },
  };
}

/** No host stands in it. */
export const isLocal = (uri: string): boolean => /^[a-z]+(\+unix)?:\/\/\//.test(uri);

/** A command as virsh reads it from one text. */
const inText = (argv: readonly string[]): string =>
  argv.map((one) => (/^[\w./:@,=-]+$/.test(one) ? one : `"${one.replace(/["\\]/g, '\\$&')}"`)).join(' ');

function inPortions(texts: readonly string[]): string[][] {
  const portions: string[][] = [];
  let length = BATCH_LENGTH;
  for (const text of texts) {
    length += text.length + 20;
    if (length > BATCH_LENGTH) {
      portions.push([]);
      length = text.length + 20;
    }
    portions.at(-1)?.push(text);
  }
  return portions;
}

function defined(env: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}
