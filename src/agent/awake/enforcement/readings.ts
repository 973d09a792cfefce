import type { Sample } from '../../../model/awake.ts';
import type { EnforcedResource } from '../../../model/spec.ts';
import { CPU_WINDOW } from './figures.ts';
import type { Reading } from './judge.ts';

/** What it used from one sample to the next. */
interface Span {
  seconds: number;
  cores: number;
}

/** What samples say of quotas: rates over a while, and what has happened since the sample before. Of one instance. */
export class Readings {
  private before: Sample | undefined;
  private spans: Span[] = [];
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

  /**
   * Cores over the last CPU_WINDOW. Each sample's own rate was taken by the times at which its counter was read; `at` is when that was asked for, which with a slow
   * engine is another thing: it only weighs them.
   */
  private cpu({ at, cpu, cpuSeconds }: Sample): number | undefined {
    const seconds = this.before === undefined ? 0 : (Date.parse(at) - Date.parse(this.before.at)) / 1000;
    // A restart counts from 0, and a clock that was set says nothing of how long it was.
    if (cpu === undefined || cpuSeconds === undefined || !(seconds > 0)) {
      this.spans = [];
      return cpu;
    }
    this.spans.push({ seconds, cores: cpu });
    let all = this.spans.reduce((sum, span) => sum + span.seconds, 0);
    // Without the oldest as long as the others are long enough.
    for (let oldest = this.spans[0]; oldest !== undefined && all - oldest.seconds >= CPU_WINDOW / 1000 - TOLERANCE; ) {
      this.spans.shift();
      all -= oldest.seconds;
      oldest = this.spans[0];
    }
    return this.spans.reduce((sum, span) => sum + span.cores * span.seconds, 0) / all;
  }
}

/** Sums of fractions are a little less than they should be. Seconds */
const TOLERANCE = 1e-6;
