import type { AwakeWorkload, QuotaStatus } from '../../../model/awake.ts';
import type { EnforcedResource } from '../../../model/spec.ts';
import { isHeld } from '../../../os/cgroup.ts';
import type { Awake, Keep, MakePart, Part, Watched } from '../contract.ts';
import { Begun } from './begun.ts';
import {
  afterGap,
  type Counter,
  dueOf,
  endsIt,
  FRESH,
  lifting,
  mayBeThrottled,
  type Pending,
  settled,
  step,
  throttledTo,
} from './counter.ts';
import { Enforcer } from './enforcer.ts';
import { GAP, GAP_INTERVALS } from './figures.ts';
import { judge, type Reading } from './judge.ts';
import { type Case, type Entry, fromKept, toKept } from './kept.ts';
import { Readings } from './readings.ts';
import { type Rule, rulesOf, sameRule } from './rules.ts';
import { usedOf, violation } from './words.ts';

/** Samples in a row in which the limit is another one, after which a throttle is no more. */
const OVERRIDDEN = 2;
/** Longest that the end of the agent waits for throttles to be lifted. ms */
const LAST_LIFTS = 5_000;

/** Quotas enforced: what was decided by counter.ts is kept, and then carried out by enforcer.ts. */
class Enforcement implements Part {
  readonly name = 'enforcement';
  private readonly awake: Awake;
  private readonly keep: Keep;
  private readonly enforcer: Enforcer;
  private cases = new Map<string, Case>();
  private readonly readings = new Map<string, Readings>();
  /** ID RESOURCE of what is being carried out: its counter stands still meanwhile. */
  private readonly underWay = new Map<string, Promise<void>>();
  /** Throttles of the agent before this one that are to be told of once they are in force again. */
  private readonly resumed = new Set<string>();
  private readonly begun: Begun;
  /** Samples in a row with another limit than the throttle's, since that was seen. */
  private readonly otherwise = new Map<string, number>();
  /** When a sample of it was counted last, by ID RESOURCE, and whether the newest says anything. ms, of a clock that only goes forward */
  private readonly countedAt = new Map<string, { at: number; known: boolean }>();
  private written = '';
  private unwritten: string | undefined;
  /** What was watched at the beginning, where that is nothing: a state that cannot be read says no more. */
  private nothing: Awake['watched'] | undefined;

  constructor(awake: Awake) {
    this.awake = awake;
    this.keep = awake.keep('enforcement');
    this.enforcer = new Enforcer(awake);
    this.begun = new Begun(awake, this.enforcer);
  }

  /** What was in force, or had been begun, is set again at the first tick: the kernel's own word is what counts. */
  begin(): void {
    this.cases = fromKept(this.keep.read());
    if (this.awake.watched.size === 0) this.nothing = this.awake.watched;
    const now = this.now();
    for (const [id, { counted }] of this.cases)
      for (const [resource, entry] of counted) {
        if (entry.counter.pending !== undefined && endsIt(entry.counter.pending)) entry.begun = entry.counter.pending;
        // A short absence goes on in the row; after a long one it begins again.
        const { countedAt } = entry.counter;
        if (countedAt === undefined || Math.abs(now - countedAt) > this.gapOf(id))
          entry.counter = afterGap(entry.counter);
        const { throttle, pending } = entry.counter;
        if (throttle === undefined || pending !== undefined) continue;
        const again = { what: 'throttle' as const, why: 'resumed', to: throttle.to, failed: 0, due: now };
        entry.counter = { ...entry.counter, pending: again };
        this.resumed.add(keyOf(id, resource));
      }
  }

  tick(): void {
    this.forgetGone();
    for (const [id, one] of this.awake.watched) this.look(id, one);
    // What is not kept could not be lifted after a kill; an end needs no lift.
    const kept = this.save();
    if (this.awake.busy || this.awake.booting) return;
    for (const [id, one] of this.awake.watched)
      this.carryOut(
        id,
        one,
        ({ pending }, key) =>
          pending === undefined || ((kept || pending.what !== 'throttle') && this.isCurrent(id, pending, key)),
      );
  }

  about(id: string): Partial<AwakeWorkload> {
    const watched = this.awake.watched.get(id);
    const rules = watched === undefined ? [] : rulesOf(watched.record.spec);
    if (rules.length === 0) return {};
    return { quotas: rules.map((rule) => this.statusOf(id, rule)) };
  }

  /** Nobody would be there to lift a throttle: what this agent holds down goes back to its quota. Counters stay. Who takes its place takes throttles up again. */
  async end(handOver = false): Promise<void> {
    const deadline = new Promise((resolve) => setTimeout(resolve, LAST_LIFTS).unref());
    await Promise.race([Promise.all(this.underWay.values()), deadline]);
    const now = this.now();
    // Though another run may be at work: only limits are touched, and nobody would lift them later.
    for (const [id, one] of handOver ? [] : this.awake.watched) {
      for (const entry of this.cases.get(id)?.counted.values() ?? [])
        if (throttledTo(entry.counter) !== undefined)
          entry.counter = lifting(entry.counter, 'the agent ends, and nobody else would', now);
      this.carryOut(id, one, (counter) => counter.pending?.what === 'lift');
    }
    await Promise.race([Promise.all(this.underWay.values()), deadline]);
    this.save();
    await this.enforcer.written();
  }

  /** An end is only for what is seen to violate its quota still. */
  private isCurrent(id: string, { what }: Pending, key: string): boolean {
    if (what === 'throttle' || what === 'lift') return true;
    const last = this.countedAt.get(key);
    return last?.known === true && this.awake.monotonic() - last.at <= this.gapOf(id);
  }

  /** ms. What is sampled seldom is not in a row any less. */
  private gapOf(id: string): number {
    const every = this.awake.config.sampling?.interval ?? 1;
    const own = this.awake.watched.get(id)?.record.spec.monitoring?.interval ?? 0;
    return Math.max(GAP, GAP_INTERVALS * 1000 * Math.max(every, own));
  }

  private isViolated(id: string, rule: Rule): boolean {
    return judge(rule, this.readings.get(id)?.of(rule.resource) ?? UNKNOWN) === 'violates';
  }

  private now(): number {
    return this.awake.now().getTime();
  }

  private statusOf(id: string, rule: Rule): QuotaStatus {
    const { resource, action, quota } = rule;
    const counter = this.cases.get(id)?.counted.get(resource)?.counter ?? FRESH;
    const { used } = this.readings.get(id)?.of(resource) ?? {};
    const actedAt = counter.throttle?.since ?? counter.actedAt;
    return {
      ...{ resource, action, quota, violations: counter.violations },
      ...(used === undefined ? {} : { used }),
      ...(actedAt === undefined ? {} : { actedAt: new Date(actedAt).toISOString() }),
      ...(counter.throttle === undefined ? {} : { throttledTo: counter.throttle.to }),
    };
  }

  /** What the state does not know any more has taken its throttle with it. */
  private forgetGone(): void {
    if (this.awake.watched === this.nothing) return;
    for (const [id, { counted }] of this.cases) {
      if (this.awake.watched.has(id)) continue;
      for (const [resource, entry] of counted) {
        if (mayBeThrottled(entry.counter)) this.enforcer.released(id, entry.rule, 'the workload is gone');
        this.begun.forget(keyOf(id, resource), entry);
      }
      this.cases.delete(id);
    }
    for (const id of this.readings.keys()) if (!this.awake.watched.has(id)) this.readings.delete(id);
    for (const key of this.countedAt.keys())
      if (!this.awake.watched.has(key.split(' ')[0] ?? '')) this.countedAt.delete(key);
  }

  private look(id: string, one: Watched): void {
    const rules = rulesOf(one.record.spec);
    const known = this.cases.get(id);
    if (rules.length === 0 && known === undefined) return;
    if (known?.instance !== one.instance) this.readings.delete(id);
    const readings = this.readings.get(id) ?? new Readings();
    this.readings.set(id, readings);
    const isNew = readings.take(this.awake.samples.get(id));
    // Whoever is at work may be about to change all of it.
    if (this.awake.busy) return;
    const counted = this.reconcile(id, one, rules, known);
    const counts = isNew && !this.awake.booting && one.record.state === 'RUNNING';
    for (const rule of rules) {
      const entry = counted.get(rule.resource);
      if (entry !== undefined && one.record.state === 'RUNNING' && !this.awake.booting)
        this.begun.look(keyOf(id, rule.resource), one, entry);
      if (!counts || entry === undefined || this.underWay.has(keyOf(id, rule.resource))) continue;
      if (this.isOverridden(id, entry)) continue;
      const reading = readings.of(rule.resource);
      // What says nothing keeps nothing in a row, and no end due.
      if (judge(rule, reading) === 'unknown') {
        const last = this.countedAt.get(keyOf(id, rule.resource));
        if (last !== undefined) last.known = false;
        continue;
      }
      this.noteGap(id, entry);
      const why = violation(rule, reading);
      const { counter, tells } = step(entry.counter, rule, reading, this.now(), why);
      entry.counter = counter;
      if (tells.includes('violated')) this.enforcer.violated(id, rule, why, usedOf(rule, reading));
      if (tells.includes('kept')) this.enforcer.kept(id, rule, reading.used);
      if (tells.includes('notify')) {
        this.save();
        this.enforcer.notify(id, rule, why);
      }
    }
  }

  /** Nobody could look for a while: another run was at work, an engine did not answer. */
  private noteGap(id: string, entry: { rule: Rule; counter: Counter }): void {
    const key = keyOf(id, entry.rule.resource);
    const now = this.awake.monotonic();
    const last = this.countedAt.get(key);
    if (last !== undefined && now - last.at > this.gapOf(id)) entry.counter = afterGap(entry.counter);
    this.countedAt.set(key, { at: now, known: true });
  }

  /** Another instance, another rule, or an end: what was counted is of another time, and a throttle is lifted. */
  private reconcile(id: string, one: Watched, rules: readonly Rule[], known: Case | undefined): Case['counted'] {
    const counted = known?.counted ?? new Map<EnforcedResource, Entry>();
    const now = this.now();
    const why = known !== undefined && known.instance !== one.instance ? 'it is another instance now' : undefined;
    const ended = one.record.state === 'RUNNING' ? undefined : 'it does not run any more';
    for (const [resource, entry] of counted) {
      if (this.underWay.has(keyOf(id, resource))) continue;
      const rule = rules.find((each) => each.resource === resource);
      const other = rule === undefined || !sameRule(rule, entry.rule) ? 'its enforcement was changed' : undefined;
      const reason = why ?? other ?? ended;
      if (reason === undefined) continue;
      this.begun.over(keyOf(id, resource), one, entry, reason);
      if (rule !== undefined) entry.rule = rule;
      this.resumed.delete(keyOf(id, resource));
      if (mayBeThrottled(entry.counter)) entry.counter = lifting(entry.counter, reason, now);
      else if (rule === undefined) counted.delete(resource);
      else if (reason === ended && entry.counter.actedAt !== undefined)
        entry.counter = { ...FRESH, actedAt: entry.counter.actedAt };
      else entry.counter = FRESH;
    }
    for (const rule of rules) if (!counted.has(rule.resource)) counted.set(rule.resource, { rule, counter: FRESH });
    this.cases.set(id, { instance: one.instance, counted });
    return counted;
  }

  /** A restart, or somebody, has set the limit anew: that holds, and counting begins again. */
  private isOverridden(id: string, entry: { rule: Rule; counter: Counter }): boolean {
    const { rule, counter } = entry;
    const key = keyOf(id, rule.resource);
    const limit = this.awake.samples.get(id)?.cpuLimit;
    const to = counter.throttle?.to;
    const so = rule.resource !== 'cpu' || to === undefined || limit === undefined || counter.pending !== undefined;
    if (so || isHeld('cpu', to, limit)) {
      // Not every kind tells its throttle as its limit: only where it was seen can it be missed.
      if (so) this.otherwise.delete(key);
      else this.otherwise.set(key, 0);
      return false;
    }
    if (!this.otherwise.has(key)) return false;
    const times = (this.otherwise.get(key) ?? 0) + 1;
    this.otherwise.set(key, times);
    if (times < OVERRIDDEN) return true;
    this.otherwise.delete(key);
    entry.counter = FRESH;
    this.enforcer.released(id, rule, `its limit was set anew (${limit} cores)`);
    return true;
  }

  /** Starts what is due, one at a time for each resource. */
  private carryOut(id: string, one: Watched, chosen: (counter: Counter, key: string) => boolean): void {
    for (const [resource, entry] of this.cases.get(id)?.counted ?? []) {
      const key = keyOf(id, resource);
      const pending = dueOf(entry.counter, this.now());
      if (pending === undefined || this.underWay.has(key) || !chosen(entry.counter, key)) continue;
      const circumstances = { resumed: this.resumed.has(key), still: () => this.isViolated(id, entry.rule) };
      const work = this.enforcer.carryOut(one, entry.rule, pending, circumstances).then((result) => {
        this.underWay.delete(key);
        // It stood still meanwhile: what it took is no time without samples, which would begin its pauses anew.
        if (this.countedAt.has(key)) this.countedAt.set(key, { at: this.awake.monotonic(), known: false });
        if (result.outcome === 'failed') this.awake.log(`enforcement: ${id}: ${pending.what}: ${result.reason}`);
        else this.resumed.delete(key);
        if (result.outcome === 'done') this.begun.forget(key, entry);
        entry.counter = settled(entry.counter, result.outcome, this.now());
        this.save();
      });
      this.underWay.set(key, work);
    }
  }

  /** Written only where it says something else by now. False: it cannot be written now, a full disk say. */
  private save(): boolean {
    const kept = toKept(this.cases);
    const text = JSON.stringify(kept);
    if (text === this.written || (this.written === '' && text === '{}')) return true;
    try {
      this.keep.write(kept);
    } catch (thrown) {
      if (this.unwritten !== String(thrown)) this.awake.log(`enforcement: nothing is kept: ${String(thrown)}`);
      this.unwritten = String(thrown);
      return false;
    }
    this.unwritten = undefined;
    this.written = text;
    return true;
  }
}

const UNKNOWN: Reading = { used: undefined, pressed: false };

const keyOf = (id: string, resource: EnforcedResource): string => `${id} ${resource}`;

export const enforcement: MakePart = (awake) => new Enforcement(awake);
