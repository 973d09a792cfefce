import type { AwakeWorkload } from '../../../model/awake.ts';
import type { Observed } from '../../../model/observed.ts';
import { hasHealthCheck } from '../../../model/spec.ts';
import type { Acted, Awake, Keep, MakePart, Part, Watched } from '../contract.ts';
import { AT_ONCE, CLOCKS, INTERVAL, LAZY, LOOK, LOOK_LEFT, PATIENCE, TAKEN_UP } from './figures.ts';
import { fromKept, toKept, withoutCounters } from './kept.ts';
import { type Case, type Down, fresh, type Input, rulesOf, step } from './machine.ts';
import { openProber, type Probed } from './prober.ts';
import { careOf, isLookedAt, isProbed, isToRun, mayTryAgain } from './watched-kinds.ts';

/** What failed for want of something that does not come back by itself. */
const HOPELESS = new Set(['PJ1060', 'PJ5302', 'PJ5308', 'PJ5309']);
/** Nothing was tried: what it depends on is down, say. */
const NOT_TRIED = new Set(['PJ5702', 'PJ2031']);

/** Health that is watched all the time, and what nobody else starts again. What follows is decided by machine.ts, kept, and then done by a `pj` of its own. */
export class HealthWatch implements Part {
  readonly name = 'health';
  private readonly awake: Awake;
  private readonly keep: Keep;
  private readonly prober: (record: Watched['record']) => Promise<Probed>;
  private cases = new Map<string, Case>();
  private readonly probing = new Set<string>();
  private readonly nextProbe = new Map<string, number>();
  private readonly lookAt = new Map<string, number>();
  private readonly looking = new Set<string>();
  /** Ids of which it was said that they cannot be probed, with what lacks. */
  private readonly blind = new Map<string, string>();
  /** Those that the agent acts on, or has just acted on, and when that ended: their record is another one for that. */
  private readonly ours = new Map<string, number>();
  private written = '';
  private writtenCases = '';
  private writtenAt = Number.NEGATIVE_INFINITY;
  private listening: (() => void) | undefined;
  private telling = false;
  private ended = false;

  constructor(awake: Awake, prober = openProber(awake)) {
    this.awake = awake;
    this.keep = awake.keep('health');
    this.prober = prober;
  }

  begin(): void {
    const kept = this.keep.read();
    this.cases = fromKept(kept);
    this.noteWritten();
    for (const [id, one] of this.cases) {
      const words = [
        ...(one.health === 'unhealthy' ? [`unhealthy (${one.reason})`] : []),
        ...(one.failures > 0 ? [`${one.failures} failed probes in a row`] : []),
        ...(one.attempts > 0 ? [`${one.attempts} restarts in a row`] : []),
        ...(one.up ? [] : ['down']),
        ...(one.givenUp ? ['given up'] : []),
        ...(one.flapping ? ['flapping'] : []),
        ...(one.acting ? ['an attempt was under way'] : []),
      ];
      if (words.length > 0) this.awake.log(`${id}: taken up again: ${words.join(', ')}`);
      // Its pj goes on by itself and holds the lock as long; what it has left the record says.
      if (one.acting) {
        delete one.acting;
        this.ours.set(id, this.awake.monotonic() + TAKEN_UP);
      }
    }
    this.listening = this.awake.activity.listen((event) => {
      const { type, workload } = event;
      if (this.telling || workload === undefined) return;
      if (type !== 'workload_ended' && type !== 'workload_restarted') return;
      this.feed(workload, { type: 'changed' });
      this.begun(workload, this.now());
    });
    this.changed();
  }

  changed(): void {
    const { watched } = this.awake;
    // A state that cannot be read says nothing of them.
    if (this.awake.stateKnown === false || (watched.size === 0 && this.cases.size > 0 && this.awake.busy)) return;
    for (const id of this.cases.keys()) if (!watched.has(id)) this.forget(id);
    for (const [id, one] of watched) this.follow(id, one);
    this.save(true);
  }

  tick(): void {
    const { awake } = this;
    if (this.ended) return;
    this.dropOurs();
    for (const [id, one] of this.cases) {
      this.feed(id, { type: 'time' });
      const { restarts, startedAt } = awake.samples.get(id) ?? {};
      const watched = awake.watched.get(id);
      const begun = startedAt === undefined ? Number.NaN : Date.parse(startedAt);
      if (watched !== undefined && careOf(watched.record) === 'supervised' && begun > one.startedAt + CLOCKS)
        this.begun(id, begun);
      if (restarts === undefined || restarts === one.restarts || watched === undefined || awake.busy) continue;
      // Its engine has been quicker than any look at it.
      if (careOf(watched.record) === 'engine' && one.up) this.feed(id, { type: 'up', restarts });
    }
    if (!awake.busy && !awake.booting) {
      this.probeThose();
      this.lookAtEngines();
    }
    this.save(true);
  }

  /** What the agent has left behind is known only by a look that began after it was done. */
  private dropOurs(): void {
    const { awake } = this;
    const lookedAt = awake.lookedAt ?? awake.monotonic();
    for (const [id, endedAt] of awake.busy ? [] : this.ours) {
      if (lookedAt <= endedAt) continue;
      const one = this.cases.get(id);
      const watched = awake.watched.get(id);
      if (one !== undefined && watched !== undefined) one.stamp = stampOf(watched);
      this.ours.delete(id);
    }
  }

  about(id: string): Partial<AwakeWorkload> {
    const one = this.cases.get(id);
    if (one === undefined) return {};
    return {
      ...(one.health === 'none' ? {} : { health: one.health }),
      ...(one.reason !== undefined && one.health !== 'healthy' ? { healthReason: one.reason } : {}),
      ...(one.flapping ? { flapping: true } : {}),
    };
  }

  end(): void {
    this.ended = true;
    this.listening?.();
    this.save();
  }

  /** Begins anew where somebody has applied; where the agent itself has, it goes on. */
  private follow(id: string, watched: Watched): void {
    const { record } = watched;
    const stamp = stampOf(watched);
    const before = this.cases.get(id);
    if (!isLookedAt(record)) {
      this.forget(id);
      return;
    }
    if (before?.stamp === stamp) return;
    if (before !== undefined && (before.acting || this.ours.has(id))) {
      before.stamp = stamp;
      return;
    }
    const now = this.now();
    const startedAt = Date.parse(String(record.attributes['startedAt'] ?? record.updatedAt));
    const health = isProbed(record) ? (record.health === 'none' ? 'starting' : record.health) : 'none';
    const one = fresh(stamp, health, Number.isFinite(startedAt) ? startedAt : now, now);
    if (before !== undefined) {
      one.changes = before.changes;
      if (before.flapping) one.flapping = true;
      if (before.restarts !== undefined && isSameInstance(before.stamp, stamp)) one.restarts = before.restarts;
    }
    this.cases.set(id, one);
    this.nextProbe.delete(id);
    this.blind.delete(id);
  }

  private forget(id: string): void {
    this.cases.delete(id);
    this.nextProbe.delete(id);
    this.blind.delete(id);
  }

  private feed(id: string, input: Input): void {
    const { awake } = this;
    const before = this.cases.get(id);
    const watched = awake.watched.get(id);
    if (before === undefined || watched === undefined) return;
    const { record } = watched;
    const actionable = isToRun(record) || (mayTryAgain(record) && before.attempts > 0);
    const may = actionable && !awake.busy && !awake.booting && !this.ended && !this.ours.has(id);
    const rules = rulesOf(record.spec, awake.random);
    let { next, told, act } = step(before, input, this.now(), rules, may);
    this.cases.set(id, next);
    // Before it is told, and before it is done: what cannot be kept would be done twice after a kill. It stays due, and the next tick tries again.
    if ((told.length > 0 || act !== undefined) && !this.save() && act !== undefined) {
      ({ next, told, act } = step(before, input, this.now(), rules, false));
      this.cases.set(id, next);
    }
    this.telling = true;
    for (const { type, severity, message, data } of told)
      awake.activity.tell({ type, severity, workload: id, message, ...(data === undefined ? {} : { data }) });
    this.telling = false;
    if (act !== undefined)
      this.act(id, watched, act).catch((thrown: unknown) => this.complain('what is done for health', thrown));
  }

  /** Started again, and not by this part, which knows what has come of it. */
  private begun(id: string, at: number): void {
    if (!this.cases.get(id)?.acting && !this.ours.has(id)) this.feed(id, { type: 'begun', at });
  }

  private async act(
    id: string,
    { instance }: Watched,
    act: { action: 'start' | 'restart'; reason: string },
  ): Promise<void> {
    this.ours.set(id, Number.POSITIVE_INFINITY);
    let acted: Acted;
    try {
      acted = await this.awake.act({ ...act, ids: [id], instances: { [id]: instance } });
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      acted = { ok: false, done: [], failed: [], skipped: [], error: { code: 'PJ5702', message } };
    }
    this.ours.set(id, this.awake.monotonic());
    if (this.ended) return;
    if (acted.done.includes(id)) return this.feed(id, { type: 'acted', done: true });
    if (acted.skipped.includes(id)) return this.feed(id, { type: 'acted', done: false });
    const { code, message } = acted.failed.find((one) => one.id === id) ??
      acted.failed[0] ??
      acted.error ?? { code: 'PJ5702', message: 'nothing was done' };
    const counts = acted.error === undefined && !NOT_TRIED.has(code);
    this.feed(id, { type: 'not-acted', message, counts, hopeless: HOPELESS.has(code) });
  }

  private probeThose(): void {
    const { awake } = this;
    const now = awake.monotonic();
    const due: { id: string; at: number; watched: Watched }[] = [];
    for (const [id, watched] of awake.watched) {
      const one = this.cases.get(id);
      const { record } = watched;
      if (one === undefined || one.acting || this.ours.has(id) || this.probing.has(id)) continue;
      if (!isToRun(record) || !isProbed(record) || !one.up) continue;
      // Its line was seen, and may have been rotated away since.
      if (record.spec.healthCheck?.type === 'log' && one.health === 'healthy') continue;
      const every = intervalOf(watched);
      // Not all at once.
      if (!this.nextProbe.has(id)) this.nextProbe.set(id, now + Math.min(every, 1_000) * awake.random());
      const at = this.nextProbe.get(id) ?? now;
      if (at <= now) due.push({ id, at, watched });
    }
    due.sort((a, b) => a.at - b.at);
    for (const { id, watched } of due.slice(0, Math.max(0, AT_ONCE - this.probing.size))) {
      this.probing.add(id);
      this.nextProbe.set(id, now + intervalOf(watched));
      void this.probe(id, watched).finally(() => this.probing.delete(id));
    }
  }

  private async probe(id: string, watched: Watched): Promise<void> {
    const { awake } = this;
    try {
      const probed = await this.prober(watched.record);
      if (this.outdated(id, watched)) return;
      if ('unknown' in probed) return this.tellBlind(id, probed.unknown);
      if (probed.healthy) return this.feed(id, { type: 'probed', healthy: true });
      // What does not run is not unhealthy: it is down, and perhaps comes back by itself.
      const seen = await this.read([watched]);
      if (this.outdated(id, watched)) return;
      const observed = seen.get(id);
      if (observed === undefined || observed.status === 'running')
        return this.feed(id, { type: 'probed', healthy: false, reason: probed.reason });
      this.note(watched, observed);
    } catch (thrown) {
      awake.log(`${id}: its health cannot be told: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }

  /** Somebody has been at work since it was begun: what was seen may be half of what he does. */
  private outdated(id: string, watched: Watched): boolean {
    const now = this.awake.watched.get(id);
    return this.ended || this.awake.busy || now === undefined || stampOf(now) !== stampOf(watched) || this.ours.has(id);
  }

  private tellBlind(id: string, lacking: string): void {
    if (this.blind.get(id) === lacking) return;
    this.blind.set(id, lacking);
    const message = `its health cannot be watched: its check needs ${lacking}, which the agent does not know; the next apply checks it`;
    this.awake.activity.tell({
      type: 'health_changed',
      severity: 'warning',
      workload: id,
      message,
      data: { health: 'unknown' },
    });
  }

  /** Asks the engines of those that no supervisor watches: from time to time, and at once where nothing of one was seen in the last sample. */
  private lookAtEngines(): void {
    const now = this.awake.monotonic();
    const groups = new Map<string, Watched[]>();
    for (const [id, watched] of this.awake.watched) {
      const { record } = watched;
      const one = this.cases.get(id);
      const care = careOf(record);
      if (one === undefined || care === 'supervised' || one.acting || this.ours.has(id)) continue;
      if (!isToRun(record) && !(mayTryAgain(record) && one.attempts > 0)) continue;
      const every = care === 'engine' ? LOOK_LEFT : LOOK;
      const hint = one.up ? this.awake.samples.get(id)?.processes === 0 : true;
      const last = this.lookAt.get(id) ?? Number.NEGATIVE_INFINITY;
      // What is down is looked at more often: somebody else may start it.
      if (now - last < (hint ? Math.min(1_000, every) : every)) continue;
      const group = groups.get(record.provider);
      if (group === undefined) groups.set(record.provider, [watched]);
      else group.push(watched);
    }
    for (const [name, group] of groups) {
      if (this.looking.has(name)) continue;
      this.looking.add(name);
      for (const { record } of group) this.lookAt.set(record.id, now);
      void this.look(group)
        .catch((thrown: unknown) => this.complain(name, thrown))
        .finally(() => this.looking.delete(name));
    }
  }

  private async look(group: readonly Watched[]): Promise<void> {
    const seen = await this.read(group);
    for (const watched of group) {
      const observed = seen.get(watched.record.id);
      if (observed !== undefined && !this.outdated(watched.record.id, watched)) this.note(watched, observed);
    }
  }

  private note({ record }: Watched, observed: Observed): void {
    const { id } = record;
    const { status, restarts } = observed;
    const counted = restarts === undefined ? {} : { restarts };
    const isUp = status === 'running' || status === 'paused';
    // Its supervisor tells of it itself, and starts it again.
    if (careOf(record) === 'supervised') {
      if (!isUp) this.begun(id, this.now());
      return;
    }
    if (isUp) {
      this.feed(id, { type: 'up', ...counted });
      return;
    }
    const how: Down = observed.restarting === true ? 'restarting' : status;
    const detail = observed.detail ?? status;
    this.feed(id, { type: 'down', how, detail, engine: careOf(record) === 'engine', ...counted });
  }

  private async read(group: readonly Watched[]): Promise<Map<string, Observed>> {
    const [first] = group;
    if (first === undefined) return new Map();
    const provider = await this.awake.provider(first.record.provider);
    const context = { signal: AbortSignal.timeout(PATIENCE), progress: () => undefined };
    const seen = await provider.read(
      group.map(({ record }) => record),
      context,
    );
    return new Map(seen.map((one) => [one.id, one]));
  }

  private readonly complained = new Map<string, string>();
  private complain(name: string, thrown: unknown): void {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    if (this.complained.get(name) === text) return;
    this.complained.set(name, text);
    this.awake.log(`health: ${name}: ${text}`);
  }

  private now(): number {
    return this.awake.now().getTime();
  }

  /** `lazily`: where only counters have changed they may wait. False: it cannot be written now, a full disk say. */
  private save(lazily = false): boolean {
    const value = toKept(this.cases);
    if (JSON.stringify(value) === this.written) return true;
    const isSoon = this.awake.monotonic() - this.writtenAt < LAZY;
    if (lazily && isSoon && JSON.stringify(withoutCounters(this.cases)) === this.writtenCases) return true;
    try {
      this.keep.write(value);
    } catch (thrown) {
      this.complain('what is kept of health', thrown);
      return false;
    }
    this.noteWritten();
    return true;
  }

  private noteWritten(): void {
    this.written = JSON.stringify(toKept(this.cases));
    this.writtenCases = JSON.stringify(withoutCounters(this.cases));
    this.writtenAt = this.awake.monotonic();
  }
}

export const health: MakePart = (awake) => new HealthWatch(awake);

const stampOf = ({ instance, record }: Watched): string => `${instance} ${record.updatedAt}`;
const isSameInstance = (a: string, b: string): boolean => a.split(' ')[0] === b.split(' ')[0];

function intervalOf({ record: { spec } }: Watched): number {
  const { interval } = (hasHealthCheck(spec) ? spec.healthCheck : undefined) ?? {};
  return interval === undefined ? INTERVAL : Math.max(10, interval * 1000);
}
