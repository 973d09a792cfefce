import { PjError } from '../../../errors.ts';
import { isObject, type JsonObject } from '../../../model/json.ts';
import { type RunResult, run } from '../../../os/exec.ts';
import { withMemoryFile } from '../../../os/memory-file.ts';
import type { CallContext } from '../../contract.ts';
import type { MachineDisk } from '../machine.ts';

/** What an image says of itself. */
export interface ImageInfo {
  format: string;
  /** Bytes that the guest sees. */
  size: number;
  encrypted: boolean;
  /** Absolute path of its backing file. */
  backing?: string;
  /** What is kept within it. */
  snapshots: ImageSnapshot[];
}

/** A snapshot within an image. */
export interface ImageSnapshot {
  name: string;
  /** ISO 8601. */
  at: string;
  /** The guest's memory is in it. */
  memory: boolean;
}

/** Why qemu-img gave no answer. */
export type Unread = { locked: boolean; missing: boolean; reason: string };

/** To make or grow an image; key derivation is part of it. */
const MAKE_MS = 120_000;
const ASK_MS = 20_000;
/** Milliseconds that the passphrase takes to be tried; whoever guesses takes as long each time. */
const ITERATION_MS = 500;
const TRIES = 20;

/** Its user's processor time cannot always be told, and it gives up then. */
const FLAKY = /Unable to get accurate CPU usage/;
const LOCKED = /Failed to get .*lock|Failed to lock/;
export const NO_SPACE = /No space left on device|Disk quota exceeded/;

/** A passphrase comes from memory. */
const SECRET = ['--object', 'secret,id=s0,file=/dev/stdin'];

async function qemuImg(
  args: readonly string[],
  { signal }: CallContext,
  { timeoutMs, secret }: { timeoutMs: number; secret?: string },
): Promise<RunResult> {
  const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' };
  const go = (stdin?: number): Promise<RunResult> =>
    run(['qemu-img', ...args], { timeoutMs, signal, env, ...(stdin === undefined ? {} : { stdin }) });
  return secret === undefined ? go() : withMemoryFile(secret, go);
}

/** `shared`: a guest may use it meanwhile. */
export async function imageInfo(file: string, shared: boolean, context: CallContext): Promise<ImageInfo | Unread> {
  let told: RunResult;
  try {
    // The file's own name could look like a protocol's.
    told = await qemuImg(['info', ...(shared ? ['-U'] : []), '--output=json', `file:${file}`], context, {
      timeoutMs: ASK_MS,
    });
  } catch (thrown) {
    if (!(thrown instanceof PjError) || thrown.code !== 'PJ5070') throw thrown;
    return { locked: false, missing: true, reason: 'qemu-img is not there' };
  }
  if (told.code !== 0) return { locked: LOCKED.test(told.stderr), missing: false, reason: reasonOf(told) };
  const info = JSON.parse(told.stdout) as Record<string, unknown>;
  const backing = info['full-backing-filename'] ?? info['backing-filename'];
  return {
    format: String(info['format']),
    size: Number(info['virtual-size']),
    encrypted: info['encrypted'] === true || info['format'] === 'luks',
    ...(typeof backing === 'string' ? { backing: backing.replace(/^file:/, '') } : {}),
    snapshots: Array.isArray(info['snapshots']) ? info['snapshots'].filter(isObject).map(snapshotIn) : [],
  };
}

function snapshotIn(told: JsonObject): ImageSnapshot {
  const ms = Number(told['date-sec']) * 1000 + Number(told['date-nsec']) / 1e6;
  return { name: String(told['name']), at: new Date(ms).toISOString(), memory: Number(told['vm-state-size']) > 0 };
}

/** The format of the image itself: LUKS needs a header that raw has no room for. */
export const imageFormat = ({ format, encryption }: MachineDisk): string =>
  format === 'raw' && encryption !== undefined ? 'luks' : format;

/** Makes an image; what stands at that place is lost. The reason is given where it cannot. */
export async function createImage(
  file: string,
  disk: MachineDisk,
  how: { size: number; base?: { path: string; format: string } | undefined },
  context: CallContext,
): Promise<string | undefined> {
  const format = imageFormat(disk);
  const prefix = format === 'luks' ? '' : 'encrypt.';
  const luks = [`${prefix}key-secret=s0`, `${prefix}iter-time=${ITERATION_MS}`];
  if (format !== 'luks') luks.unshift('encrypt.format=luks');
  const { base } = how;
  const args = [
    'create',
    '-q',
    ...['-f', format],
    ...(disk.encryption === undefined ? [] : [...SECRET, '-o', luks.join(',')]),
    ...(base === undefined ? [] : ['-b', base.path, '-F', base.format]),
    file,
    String(how.size),
  ];
  return retried(args, context, disk.encryption?.passphrase);
}

/** The reason is given where it cannot; `locked` where a guest uses it. */
export async function resizeImage(
  file: string,
  disk: MachineDisk,
  size: number,
  context: CallContext,
): Promise<string | 'locked' | undefined> {
  const format = imageFormat(disk);
  const source = disk.encryption === undefined ? ['-f', format, file] : lockedSource(file, format);
  const reason = await retried(['resize', '-q', ...source, String(size)], context, disk.encryption?.passphrase);
  return reason !== undefined && LOCKED.test(reason) ? 'locked' : reason;
}

const SNAPSHOT_OPTIONS = { create: '-c', apply: '-a', delete: '-d' } as const;

/** Makes, goes back to or removes a snapshot within an image that no guest uses. The reason is given where it cannot. */
export async function changeSnapshot(
  file: string,
  disk: MachineDisk,
  action: keyof typeof SNAPSHOT_OPTIONS,
  name: string,
  context: CallContext,
): Promise<string | undefined> {
  const source = disk.encryption === undefined ? [`file:${file}`] : lockedSource(file, disk.format);
  const args = ['snapshot', '-q', SNAPSHOT_OPTIONS[action], name, ...source];
  return retried(args, context, disk.encryption?.passphrase);
}

function lockedSource(file: string, format: string): string[] {
  const key = format === 'luks' ? 'key-secret=s0' : 'encrypt.key-secret=s0';
  // Commas part options, and two of them are one.
  return [...SECRET, '--image-opts', `driver=${format},file.filename=${file.replaceAll(',', ',,')},${key}`];
}

async function retried(
  args: readonly string[],
  context: CallContext,
  secret: string | undefined,
): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    const told = await qemuImg(args, context, {
      timeoutMs: MAKE_MS,
      ...(secret === undefined ? {} : { secret }),
    });
    if (told.code === 0) return undefined;
    if (tries >= TRIES || !FLAKY.test(told.stderr)) return reasonOf(told);
  }
}

function reasonOf({ stderr, code, timedOut }: RunResult): string {
  if (timedOut) return 'qemu-img did not end in time';
  const lines = stderr.trim().split('\n');
  // Behind that of a lock a question follows.
  const line = lines.find((one) => LOCKED.test(one)) ?? lines.at(-1);
  return line?.replace(/^qemu-img: /, '') || `qemu-img ended with ${code ?? 'a signal'}`;
}
