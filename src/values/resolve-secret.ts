import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readEnvFile } from '../model/env-file.ts';
import type { SecretSource } from '../model/plan.ts';
import { run } from '../os/exec.ts';

/** Seconds that a secret's command may take. */
const COMMAND_TIMEOUT = 30;
/** Bytes that a secret may have. */
const LARGEST = 2 ** 20;

/** Why a source gave nothing; never what it gave. */
export type Resolved = { value: string } | { reason: string };

/**
 * Asks a source for its value: an environment variable, a file or a command's output, one trailing newline dropped from the latter two.
 * Paths and commands are relative to the project. Never throws.
 */
export async function resolveSource(
  source: SecretSource,
  context: { dir: string; env: Readonly<Record<string, string | undefined>>; signal?: AbortSignal },
): Promise<Resolved> {
  if ('env' in source) {
    const value = context.env[source.env];
    return value === undefined ? { reason: `the environment variable ${source.env} is not set` } : { value };
  }
  if ('file' in source) {
    const read = await readSecretFile(source.file, context.dir);
    return 'reason' in read || source.key === undefined ? read : lineOf(source.key, source.file, read.value);
  }
  return runSecretCommand(source.command, context);
}

function lineOf(key: string, file: string, text: string): Resolved {
  const value = readEnvFile(text).values.get(key);
  return value === undefined ? { reason: `the env file ${file} has no ${key}` } : { value };
}

async function readSecretFile(path: string, dir: string): Promise<Resolved> {
  try {
    const bytes = await readFile(resolve(dir, path));
    if (bytes.length > LARGEST) return { reason: `the file ${path} is larger than 1 MiB` };
    return { value: withoutNewline(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) };
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? '';
    if (code === 'ENOENT') return { reason: `the file ${path} does not exist` };
    if (code === 'EACCES') return { reason: `the file ${path} may not be read` };
    if (code === 'EISDIR') return { reason: `${path} is a folder` };
    return {
      reason: code.startsWith('ERR_ENCODING')
        ? `the file ${path} is not UTF-8 text`
        : `the file ${path} cannot be read (${code})`,
    };
  }
}

async function runSecretCommand(
  argv: readonly string[],
  { dir, env, signal }: Parameters<typeof resolveSource>[1],
): Promise<Resolved> {
  const [program = ''] = argv;
  const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    const ran = await run(argv, {
      cwd: dir,
      env: Object.fromEntries(defined),
      timeoutMs: COMMAND_TIMEOUT * 1000,
      maxOutput: LARGEST + 1,
      ...(signal === undefined ? {} : { signal }),
    });
    // its output may hold the value: only how it ended is told
    if (ran.timedOut) return { reason: `the command ${program} took longer than ${COMMAND_TIMEOUT} s` };
    if (ran.signal !== null) return { reason: `the command ${program} was ended by ${ran.signal}` };
    if (ran.code !== 0) return { reason: `the command ${program} ended with exit code ${ran.code}` };
    if (Buffer.byteLength(ran.stdout) > LARGEST) return { reason: `the command ${program} gave more than 1 MiB` };
    return { value: withoutNewline(ran.stdout) };
  } catch (thrown) {
    if (signal?.aborted === true) return { reason: `the command ${program} was interrupted` };
    return { reason: `the command ${program} cannot be run (${causeCode(thrown)})` };
  }
}

function causeCode(thrown: unknown): string {
  const cause = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'unknown reason';
}

const withoutNewline = (text: string): string => text.replace(/\r?\n$/, '');
