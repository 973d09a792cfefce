import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QEMU } from './needs.ts';

/** What a guest said until it was switched off. */
export interface GuestRun {
  /** The first serial line: the kernel and everything that printed. */
  console: string;
  /** The lines on the second serial line, /dev/ttyS1 in the guest. */
  report: string[];
  /** The script's exit code; undefined where it did not end. */
  exitCode: number | undefined;
  /** Why the machine itself did not end well. */
  trouble: string | undefined;
}

const COMMAND_LINE = 'console=ttyS0 quiet panic=-1 mitigations=off random.trust_cpu=on no_timer_check tsc=reliable';

/**
 * Runs a kernel with an initial file system in emulated hardware until it switches itself off, for at most `deadlineMs`; never rejects for
 * what the guest does. The machine ends at the deadline even where this process is gone by then.
 */
export async function bootGuest(
  dir: string,
  kernel: string,
  initrd: string,
  { memoryMiB, deadlineMs }: { memoryMiB: number; deadlineMs: number },
): Promise<GuestRun> {
  const [consoleLog, reportLog] = [join(dir, 'console.log'), join(dir, 'report.log')];
  const machine = [
    // Never KVM: /dev/kvm may be there and hang all the same. One CPU: with two, emulated code that changes itself, as V8's does, is slower.
    ...['-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', String(memoryMiB)],
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-serial', `file:${consoleLog}`, '-serial', `file:${reportLog}`],
    ...['-kernel', kernel, '-initrd', initrd, '-append', COMMAND_LINE],
  ];
  const child = spawn('timeout', ['-s', 'KILL', String(Math.ceil(deadlineMs / 1000)), QEMU, ...machine], {
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  const ended = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(undefined);
      else if (signal === 'SIGKILL' || code === 137) resolve(`the guest did not end within ${deadlineMs / 1000} s`);
      else resolve(`${QEMU} exited ${code ?? signal}`);
    });
  });
  const report = lines(reportLog);
  const exit = report.map((line) => /^PJ-GUEST-EXIT (\d+)$/.exec(line)?.[1]).find((code) => code !== undefined);
  return {
    console: readOr(consoleLog),
    report: report.filter((line) => !line.startsWith('PJ-GUEST-EXIT')),
    exitCode: exit === undefined ? undefined : Number(exit),
    trouble: ended === undefined ? undefined : [ended, said.trim()].filter(Boolean).join(': '),
  };
}

const lines = (file: string): string[] =>
  readOr(file)
    .split(/\r?\n/)
    .filter((line) => line !== '');

function readOr(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // QEMU did not come so far.
  }
}
