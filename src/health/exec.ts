import { spawn } from 'node:child_process';
import type { Verdict } from '../applier/contract.ts';
import { abortText, failureText } from './failure-text.ts';

export interface ExecProbe {
  /** argv: no shell has a hand in it. */
  command: readonly string[];
  cwd: string;
  /** The whole environment. */
  env: Record<string, string>;
  /** Whom it runs as; default the user of this process. */
  uid?: number;
  gid?: number;
}

/** How much of the output's end goes into the reason. Characters. */
const TAIL = 300;
/** How long output may still come after the command has ended. Milliseconds. */
const DRAIN = 50;

/**
 * Healthy when the command exits 0. It runs in a process group of its own, which is killed as a whole when the signal is
 * aborted. The reason of a failure ends with the last of what it printed.
 */
export function probeExec(probe: ExecProbe, signal: AbortSignal): Promise<Verdict> {
  const [file = '', ...args] = probe.command;
  const failed = (what: string): Verdict => ({ healthy: false, reason: `${file} → ${what}` });
  if (file === '') return Promise.resolve({ healthy: false, reason: 'the health check has an empty command' });
  if (signal.aborted) return Promise.resolve(failed(abortText(signal)));
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: probe.cwd,
      env: probe.env,
      ...(probe.uid === undefined ? {} : { uid: probe.uid }),
      ...(probe.gid === undefined ? {} : { gid: probe.gid }),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let drain: NodeJS.Timeout | undefined;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output = (output + text).slice(-4 * TAIL);
      });
      stream.on('error', () => undefined);
    }
    const end = (verdict: Verdict) => {
      signal.removeEventListener('abort', giveUp);
      clearTimeout(drain);
      // Something that it left behind may hold the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(verdict);
    };
    const giveUp = () => {
      killGroup(child);
      end(failed(`${abortText(signal)}${tailOf(output)}`));
    };
    child.on('error', (error) => {
      const missing = 'code' in error && error.code === 'ENOENT';
      end(failed(missing ? `there is no such command, or no directory ${probe.cwd}` : failureText(error)));
    });
    const verdictOf = (code: number | null, killer: string | null): Verdict => {
      if (code === 0) return { healthy: true };
      return failed(`${code === null ? `killed by ${killer ?? 'a signal'}` : `exit code ${code}`}${tailOf(output)}`);
    };
    child.on('close', (code, killer) => end(verdictOf(code, killer)));
    child.on('exit', (code, killer) => {
      drain = setTimeout(() => end(verdictOf(code, killer)), DRAIN);
    });
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** Only while its leader is not reaped: until then the group's number belongs to nobody else. */
function killGroup(child: { pid?: number | undefined; exitCode: number | null; signalCode: string | null }): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}

function tailOf(output: string): string {
  const text = output.trim().replace(/\s+/g, ' ');
  if (text === '') return '';
  return `: ${text.length > TAIL ? `…${text.slice(-TAIL)}` : text}`;
}
