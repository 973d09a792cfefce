import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cost, interleaved, median, must } from './measure.ts';
import { pjProcesses, pm2Processes } from './projects.ts';
import { figureRow, missingRow, type Row, ratioRow } from './report.ts';
import type { Bench } from './run.ts';

/** A pm2 of its own, from the npm registry; undefined where it can't be had. */
async function pm2(scratch: string): Promise<{ argv: string[]; env: Record<string, string> } | undefined> {
  const prefix = join(scratch, 'pm2');
  const installed = await cost([
    'npm',
    'install',
    '--prefix',
    prefix,
    '--no-fund',
    '--no-audit',
    '--silent',
    'pm2@7.0.4',
  ]);
  const bin = join(prefix, 'node_modules/pm2/bin/pm2');
  if (installed.code !== 0 || !existsSync(bin)) return undefined;
  return { argv: [process.execPath, bin], env: { PM2_HOME: join(scratch, 'pm2-home') } };
}

/** 100 processes to RUNNING, the agent (pm2's daemon) already up. */
export async function processesGroup(bench: Bench): Promise<Row[]> {
  const other = await pm2(bench.scratch);
  if (other === undefined) return [missingRow('apply of 100 native processes', 'pm2 could not be installed')];
  const ours = pjProcesses(join(bench.scratch, 'processes'), 100);
  const theirs = pm2Processes(join(bench.scratch, 'pm2-processes'), 100);
  const pj = (...args: string[]) => cost([...bench.pj, ...args, '--dir', ours, '--no-color']);
  const run2 = (...args: string[]) => cost([...other.argv, ...args], { cwd: theirs, env: other.env });
  try {
    await must(run2('ping'));
    await must(pj('agent', 'start'));
    const costs = await interleaved(
      [
        {
          name: 'pj',
          before: async () => void (await must(pj('agent', 'start'))),
          run: () => pj('apply', '--auto-approve'),
          after: async () => void (await must(pj('destroy', '--auto-approve'))),
        },
        {
          name: 'pm2',
          run: () => run2('start', 'ecosystem.config.json'),
          after: async () => void (await must(run2('delete', 'all'))),
        },
      ],
      bench.quick ? 3 : 9,
    );
    const of = (name: string) => median((costs.get(name) ?? []).map((c) => c.ms));
    return [ratioRow('apply of 100 native processes to RUNNING against `pm2 start`', of('pj'), of('pm2'), 0.8)];
  } finally {
    await pj('destroy', '--auto-approve');
    await run2('kill');
  }
}

/** User and system time of a process so far, in seconds. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What the agent costs while it watches 100 processes. */
export async function agentGroup(bench: Bench): Promise<Row[]> {
  const dir = pjProcesses(join(bench.scratch, 'watched'), 100);
  const pj = (...args: string[]) => cost([...bench.pj, ...args, '--dir', dir, '--no-color']);
  try {
    await must(pj('apply', '--auto-approve'));
    const pid = agentOf(dir);
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const before = cpuSeconds(pid);
    const seconds = bench.quick ? 10 : 30;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const share = ((cpuSeconds(pid) - before) / seconds) * 100;
    const resident = Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
    return [
      figureRow('the agent watching 100 processes, resident', resident, 60, 'MiB'),
      figureRow('the agent watching 100 processes, idle', share, 1, '% of a core'),
    ];
  } finally {
    await pj('destroy', '--auto-approve');
  }
}

/** The pid of the agent of a project: the process whose command line names it. */
export function agentOf(dir: string): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
      if (line.some((word) => word.endsWith('agent.cjs')) && line.includes(dir)) return Number(name);
    } catch {
      // it has just ended
    }
  }
  throw new Error('the agent is not running');
}
