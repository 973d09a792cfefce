import type { Sample } from '../../../model/awake.ts';
import { Group, type GroupCounters } from '../../../os/counters/group.ts';
import type { Handles } from '../../../os/counters/kept-file.ts';
import type { KernelPlaces, Usage } from '../../../providers/contract.ts';
import type { Watched } from '../contract.ts';
import type { InCare } from './in-care.ts';

/** Between two questions where the kernel has something: at first, and at most. ms */
const ASK_AGAIN = 5_000;
const ASK_LAST = 60_000;

/** `unknown`: nobody has said yet where its counters are. `none`: its kind uses nothing that could be sampled. */
type How = 'unknown' | 'kernel' | 'engine' | 'none';

/** One instance that is sampled. */
export class Tracked {
  watched: Watched;
  how: How = 'unknown';
  group: Group | undefined;
  disk: readonly string[] = [];
  diskUsed: number | undefined;
  /** When its last sample came. ms, only forward */
  takenAt = Number.NEGATIVE_INFINITY;
  /** What it tells beside what the kernel counts. */
  inside: Usage | undefined;
  private readonly care: InCare | undefined;
  private readonly handles: Handles;
  private told: KernelPlaces['told'];
  private counters: GroupCounters | undefined;
  private readAt = 0;
  private cpu: { seconds: number; at: number } | undefined;
  private readonly oom = { before: 0, last: 0, run: '' };
  private dueAt = Number.NEGATIVE_INFINITY;
  private askAt = Number.NEGATIVE_INFINITY;
  private askGap = ASK_AGAIN;
  private asked = -1;

  constructor(watched: Watched, care: InCare | undefined, handles: Handles) {
    this.watched = watched;
    this.care = care;
    this.handles = handles;
    if (care !== undefined) this.place(care.places, Number.POSITIVE_INFINITY);
  }

  get id(): string {
    return this.watched.record.id;
  }

  /** Whether it is its turn in this tick, which is one of `every` ms; its next one is reckoned then. */
  due(now: number, every: number): boolean {
    const interval = (this.watched.record.spec.monitoring?.interval ?? 0) * 1000;
    if (interval <= every) return true;
    // A tick comes a little early or late.
    if (now < this.dueAt - every / 2) return false;
    this.dueAt = now + interval;
    return true;
  }

  /** Whether its provider is to be asked where its counters are: nobody has yet, or another process runs since. */
  wantsPlaces(now: number): boolean {
    if (this.how === 'none' || this.care !== undefined || now < this.askAt) return false;
    return this.how !== 'kernel' || this.counters === undefined || this.group?.changes !== this.asked;
  }

  /** It is being asked; should nothing come of it, it is asked again after a while. */
  askedAt(now: number): void {
    this.asked = this.group?.changes ?? -1;
    this.askAt = now + this.askGap;
    this.askGap = Math.min(this.askGap * 2, ASK_LAST);
  }

  place(places: KernelPlaces, now: number): void {
    const same = this.group !== undefined && JSON.stringify(this.group.places) === JSON.stringify(groupOf(places));
    if (!same) {
      this.group?.close();
      this.group = new Group(groupOf(places), this.handles);
    }
    this.how = 'kernel';
    this.disk = places.disk ?? [];
    this.told = places.told;
    if (Number.isFinite(now)) this.asked = this.group?.changes ?? -1;
  }

  /** Reads the kernel. */
  read(now: number): void {
    const before = this.group?.changes;
    this.counters = this.group?.read();
    this.readAt = now;
    if (this.counters === undefined) {
      this.inside = undefined;
      return;
    }
    if (this.group?.changes !== before) {
      // Another process than before: what was told is of the one before, what it counts begins anew.
      this.askGap = ASK_AGAIN;
      if (before !== undefined && before > 0) this.told = this.told && without(this.told, 'startedAt');
    }
  }

  /** The sample of what was read last. */
  sample(at: string): Sample {
    const { counters } = this;
    const care = this.care?.told();
    const told = care ?? this.told ?? {};
    const oomKills = this.oomKills(counters?.oomKills, told.oomKilled);
    const { oomKilled: _, startedAt, ...facts } = told;
    const disk = this.diskUsed === undefined ? {} : { diskUsed: this.diskUsed };
    if (counters === undefined) return { at, processes: 0, ...facts, ...disk, oomKills };
    const cpu = this.rate(counters.cpuSeconds, this.readAt);
    const sample: Sample = { at, ...counters, ...facts, ...disk, oomKills };
    if (startedAt !== undefined) sample.startedAt = startedAt;
    if (cpu !== undefined) sample.cpu = cpu;
    if (this.inside !== undefined) {
      const { id: __, ...more } = this.inside;
      Object.assign(sample, more);
    }
    return sample;
  }

  /** The sample of what its engine has told. */
  sampleOf({ id: _, ...usage }: Usage, at: string, now: number): Sample {
    const cpu = this.rate(usage.cpuSeconds, now) ?? usage.cpu;
    return { at, ...usage, ...(cpu === undefined ? {} : { cpu }) };
  }

  close(): void {
    this.group?.close();
    this.group = undefined;
  }

  /** Cores since the reading before. A counter that went back begins anew. */
  private rate(seconds: number | undefined, now: number): number | undefined {
    const before = this.cpu;
    this.cpu = seconds === undefined ? undefined : { seconds, at: now };
    if (seconds === undefined || before === undefined || seconds < before.seconds || now <= before.at) return undefined;
    return ((seconds - before.seconds) * 1000) / (now - before.at);
  }

  /** Counted over restarts, each of which begins a group anew. `run`: one that is known to have ended so, which its group may have gone too soon to tell. */
  private oomKills(count: number | undefined, run: string | undefined): number {
    const { oom } = this;
    let grown = false;
    if (count !== undefined) {
      if (count < oom.last) oom.before += oom.last;
      grown = count > (count < oom.last ? 0 : oom.last);
      oom.last = count;
    }
    if (run !== undefined && run !== oom.run) {
      if (!grown && oom.before + oom.last === 0) oom.before += 1;
      oom.run = run;
    }
    // 0 from the start: a counter that begins with 1 has not increased.
    return oom.before + oom.last;
  }
}

const groupOf = ({ cgroup, network, devices }: KernelPlaces) => ({
  cgroup,
  ...(network === undefined ? {} : { network }),
  ...(devices === undefined ? {} : { devices }),
});

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}
