import { readKernelFile } from './kernel-file.ts';

/** The names that descriptors use, which are prlimit's, with the line of /proc/PID/limits. */
export const RLIMITS: Readonly<Record<string, string>> = {
  as: 'Max address space',
  core: 'Max core file size',
  cpu: 'Max cpu time',
  data: 'Max data size',
  fsize: 'Max file size',
  locks: 'Max file locks',
  memlock: 'Max locked memory',
  msgqueue: 'Max msgqueue size',
  nice: 'Max nice priority',
  nofile: 'Max open files',
  nproc: 'Max processes',
  rss: 'Max resident set',
  rtprio: 'Max realtime priority',
  rttime: 'Max realtime timeout',
  sigpending: 'Max pending signals',
  stack: 'Max stack size',
};

/** Soft and hard limit of a process (`self` by default); Infinity is unlimited. Undefined: no such process or limit. */
export function readRlimit(name: string, pid: number | 'self' = 'self'): { soft: number; hard: number } | undefined {
  const label = RLIMITS[name];
  const line = (readKernelFile(`/proc/${pid}/limits`) ?? '').split('\n').find((l) => label && l.startsWith(label));
  if (label === undefined || line === undefined) return undefined;
  const [soft, hard] = line.slice(label.length).trim().split(/\s+/).map(amount);
  return soft === undefined || hard === undefined ? undefined : { soft, hard };
}

const amount = (text: string): number => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text));
