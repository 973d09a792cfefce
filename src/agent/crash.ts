import { writeFileSync } from 'node:fs';
import process from 'node:process';

let passed = 0;

/**
 * A place where the crash test may kill the agent: with PJ_AGENT_CRASH_AT=[PLACE@]N:FILE in its environment the agent dies by SIGKILL when it passes the
 * N-th such place (the N-th time PLACE; without it those of the watch, `awake:…`, do not count, as they come every second), having made FILE with the
 * place's name in it. Where FILE is there, an agent before this one has died: one is enough, and this one lives. Without the variable this does nothing.
 */
export function crashPoint(name: string): void {
  const setting = process.env['PJ_AGENT_CRASH_AT'];
  if (setting === undefined) return;
  const { place, at, file } = /^(?:(?<place>[^@/]+)@)?(?<at>\d+):(?<file>.*)$/s.exec(setting)?.groups ?? {};
  if (place === undefined ? name.startsWith('awake:') : name !== place) return;
  passed += 1;
  if (passed !== Number(at)) return;
  try {
    writeFileSync(file ?? '', name, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  process.stderr.write(`crash point ${passed}: ${name}\n`);
  process.kill(process.pid, 'SIGKILL');
}
