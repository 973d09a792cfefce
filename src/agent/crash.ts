import process from 'node:process';

let passed = 0;

/**
 * A place where the crash test may kill the agent: with PJ_AGENT_CRASH_AT=N in its environment the agent dies by SIGKILL when it passes the
 * N-th such place. Without it this does nothing.
 */
export function crashPoint(name: string): void {
  const at = process.env['PJ_AGENT_CRASH_AT'];
  if (at === undefined) return;
  passed += 1;
  if (passed < Number(at)) return;
  process.stderr.write(`crash point ${passed}: ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
}
