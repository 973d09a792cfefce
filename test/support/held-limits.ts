import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** The limits that the kernel holds of the group that a process is in: cores, bytes, tasks; absent is none. Read without any code of pj's. */
export function heldOf(pid: number): { cpu?: number; memory?: number; pids?: number } {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const groupOf = (controller: string): string => {
    for (const line of lines) {
      const [, names = '', path = ''] = line.split(':');
      if (names.split(',').includes(controller)) return join(ROOT, names, path);
    }
    return join(ROOT, lines.find((line) => line.startsWith('0::'))?.slice(3) ?? '');
  };
  const read = (controller: string, file: string): string => {
    const path = join(groupOf(controller), file);
    return existsSync(path) ? readFileSync(path, 'utf8').trim() : '';
  };
  const v2 = existsSync(join(ROOT, 'cgroup.controllers'));
  const [quota, period] = v2
    ? read('cpu', 'cpu.max').split(' ')
    : [read('cpu', 'cpu.cfs_quota_us'), read('cpu', 'cpu.cfs_period_us')];
  const memory = Number(read('memory', v2 ? 'memory.max' : 'memory.limit_in_bytes'));
  const pids = Number(read('pids', 'pids.max'));
  return {
    ...(Number(quota) > 0 ? { cpu: Number(quota) / Number(period) } : {}),
    ...(memory > 0 && memory < 2 ** 62 ? { memory } : {}),
    ...(pids > 0 ? { pids } : {}),
  };
}
