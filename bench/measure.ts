import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** What one run of a command cost. */
export interface Cost {
  /** Wall time in ms. */
  ms: number;
  /** Peak resident memory in MiB (VmHWM, sampled every 5 ms), 0 when it ended too soon to see. */
  peakMiB: number;
  code: number | null;
  output: string;
}

/** Runs a command to its end and measures it. */
export function cost(
  argv: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Cost> {
  const [command, ...args] = argv;
  if (command === undefined) throw new Error('no command');
  return new Promise((resolve, reject) => {
    const begun = process.hrtime.bigint();
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let peakMiB = 0;
    const sampler = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        peakMiB = Math.max(peakMiB, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
      } catch {
        // it has just ended
      }
    }, 5);
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(sampler);
      resolve({ ms: Number(process.hrtime.bigint() - begun) / 1e6, peakMiB, code, output });
    });
  });
}

/** One of the things compared: what is done before each run (not measured), the run, what is done after. */
export interface Contestant {
  name: string;
  before?: () => Promise<void> | void;
  run: () => Promise<Cost>;
  after?: () => Promise<void> | void;
  /** Exit codes that count as success, default [0]. */
  codes?: number[];
}

/** Runs all contestants in turn, `rounds` times, so that what else the machine does falls on all alike. */
export async function interleaved(contestants: readonly Contestant[], rounds: number): Promise<Map<string, Cost[]>> {
  const costs = new Map<string, Cost[]>(contestants.map((c) => [c.name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) {
      await contestant.before?.();
      const one = await contestant.run();
      await contestant.after?.();
      if (!(contestant.codes ?? [0]).includes(one.code ?? -1)) {
        throw new Error(`${contestant.name} exited ${one.code}:\n${one.output.slice(-2000)}`);
      }
      costs.get(contestant.name)?.push(one);
    }
  }
  return costs;
}

export function median(values: readonly number[]): number {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = ordered.length >> 1;
  const high = ordered[middle] ?? Number.NaN;
  return ordered.length % 2 === 1 ? high : ((ordered[middle - 1] ?? high) + high) / 2;
}

/** Median wall time in ms. */
export const ms = (costs: readonly Cost[] | undefined): number => median((costs ?? []).map((one) => one.ms));

/** A run that has to succeed. Throws with the end of what it printed. */
export async function must(running: Promise<Cost>): Promise<Cost> {
  const done = await running;
  if (done.code !== 0) throw new Error(`exited ${done.code}:\n${done.output.slice(-2000)}`);
  return done;
}
