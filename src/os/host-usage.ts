import { availableParallelism, freemem, totalmem } from 'node:os';
import type { HostUsage } from '../model/top.ts';
import { readKernelFile } from './kernel-file.ts';

/** Clock ticks since boot, over all cores. */
interface Ticks {
  busy: number;
  all: number;
}

/** Reads what this host uses; CPU since the call before. */
export function hostMeter(): () => HostUsage {
  let before: Ticks | undefined;
  return () => {
    const now = ticksOf(readKernelFile('/proc/stat') ?? '');
    const cpus = availableParallelism();
    const since = before === undefined || now === undefined ? 0 : now.all - before.all;
    const cpu = before === undefined || now === undefined || since <= 0 ? undefined : (now.busy - before.busy) / since;
    before = now;
    const [one = 0, five = 0, fifteen = 0] = (readKernelFile('/proc/loadavg') ?? '').split(' ').slice(0, 3).map(Number);
    return {
      cpus,
      ...(cpu === undefined ? {} : { cpu: Math.max(0, cpu) * cpus }),
      ...memoryOf(readKernelFile('/proc/meminfo') ?? ''),
      load: [one, five, fifteen],
    };
  };
}

/** user nice system idle iowait irq softirq steal; guest time is in user already. */
export function ticksOf(stat: string): Ticks | undefined {
  const fields = /^cpu +([\d ]+)$/m.exec(stat)?.[1]?.split(' ').map(Number).slice(0, 8);
  if (fields === undefined || fields.length < 4) return undefined;
  const all = fields.reduce((sum, value) => sum + value, 0);
  return { all, busy: all - (fields[3] ?? 0) - (fields[4] ?? 0) };
}

function memoryOf(meminfo: string): { memory: number; memoryUsed: number } {
  const key = (name: string): number | undefined => {
    const kib = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(meminfo)?.[1];
    return kib === undefined ? undefined : Number(kib) * 1024;
  };
  const memory = key('MemTotal') ?? totalmem();
  return { memory, memoryUsed: memory - (key('MemAvailable') ?? freemem()) };
}
