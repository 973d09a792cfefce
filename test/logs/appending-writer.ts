import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';

/** A process that appends `line 00000000 …`, `line 00000001 …` to a file as fast as it can, until it gets SIGTERM. */
const PROGRAM = `
const { writeSync } = require('node:fs');
const pad = 'x'.repeat(40);
let n = 0, go = true;
process.on('SIGTERM', () => { go = false; });
const step = () => {
  for (let i = 0; i < 200; i++) writeSync(1, 'line ' + String(n++).padStart(8, '0') + ' ' + pad.slice(n % 37) + '\\n');
  if (go) setImmediate(step);
  else { writeSync(1, 'end ' + n + '\\n'); }
};
step();
`;

export interface Writer {
  process: ChildProcess;
  /** Ends it in an orderly way. */
  stop(): Promise<void>;
}

export function startWriter(path: string): Writer {
  const fd = openSync(path, 'a');
  const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', fd, 'inherit'] });
  closeSync(fd);
  return {
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** Numbers that are missing, doubled or out of order among these lines; `from` is the first that has to be there. */
export function faults(lines: readonly string[], from = 0): { faults: string[]; count: number } {
  const found: string[] = [];
  let next = from;
  let end: number | undefined;
  for (const text of lines) {
    const number = /^line (\d{8}) x*$/.exec(text)?.[1];
    if (number === undefined) {
      const last = /^end (\d+)$/.exec(text)?.[1];
      if (last === undefined) found.push(`damaged: ${JSON.stringify(text.slice(0, 100))}`);
      else end = Number(last);
      continue;
    }
    if (Number(number) !== next) found.push(`after ${next - 1} comes ${Number(number)}`);
    next = Number(number) + 1;
  }
  if (end !== next) found.push(`ends with ${next - 1}, should with ${(end ?? 0) - 1}`);
  return { faults: found.slice(0, 10), count: next };
}
