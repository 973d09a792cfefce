import type { Sample } from '../../../model/awake.ts';
import type { EnforcedResource } from '../../../model/spec.ts';
import { CPU_WINDOW } from './figures.ts';
import type { Reading } from './judge.ts';

interface Moment {
  /** Seconds. */
  at: number;
  cpuSeconds: number;
}

/** What samples say of quotas: rates over a while, and what has happened since the sample before. Of one instance. */
export class Readings {
  private before: Sample | undefined;
  private moments: Moment[] = [];
  private last: Record<EnforcedResource, Reading> | undefined;

  /** Takes one sample in; false where it is the one before, or none. */
  take(sample: Sample | undefined): boolean {
    if (sample === undefined || sample.at === this.before?.at) return false;
    const { before } = this;
    const rose = (key: 'oomKills' | 'throttledSeconds' | 'restarts'): boolean =>
      (sample[key] ?? 0) > (before?.[key] ?? Number.POSITIVE_INFINITY);
    this.last = {
      cpu: { used: this.cpu(sample), pressed: rose('throttledSeconds') },
      memory: { used: sample.workingSet ?? sample.memory, pressed: rose('oomKills') },
      threads: { used: sample.threads, pressed: false },
      disk: { used: sample.diskUsed, pressed: false },
    };
    this.before = sample;
    return true;
  }

  of(resource: EnforcedResource): Reading {
    return this.last?.[resource] ?? { used: undefined, pressed: false };
  }

  /** Cores over the last CPU_WINDOW, where the counter is told; else as the sample says. */
  private cpu({ at, cpu, cpuSeconds }: Sample): number | undefined {
    if (cpuSeconds === undefined) return cpu;
    const now = { at: Date.parse(at) / 1000, cpuSeconds };
    const newest = this.moments.at(-1);
    // A restart counts from 0; a clock that was set makes no rate.
    if (newest !== undefined && (cpuSeconds < newest.cpuSeconds || now.at <= newest.at)) this.moments = [];
    this.moments.push(now);
    // The youngest that is old enough is the beginning.
    while ((this.moments[1]?.at ?? Number.POSITIVE_INFINITY) <= now.at - CPU_WINDOW / 1000) this.moments.shift();
    const [first] = this.moments;
    return first === undefined || first === now ? undefined : (cpuSeconds - first.cpuSeconds) / (now.at - first.at);
  }
}
