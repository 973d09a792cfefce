import { hostname } from 'node:os';
import type { AwakeStatus } from '../../../model/awake.ts';
import { driftLine } from '../../../model/drift-line.ts';
import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import type { Acted, Awake, Part } from '../contract.ts';
import { Healing } from './healing.ts';
import { digestOf, type Finding, lookForDrift } from './look.ts';
import { Outbox } from './outbox.ts';

/** Seconds between two looks where pj.yaml does not say. */
const INTERVAL = 300;
/** The first look comes within so long after the agent's start, and one more where something is about to come back by itself. s */
const SOON = 30;
/** Errors of a heal that has not begun: the lock was not to be had. */
const WITHOUT_LOCK = new Set(['PJ3010', 'PJ3013']);

/** Looks for drift from time to time, tells of what is new, and heals where it is asked to. `look` is given by tests. */
export function makeDrift(
  awake: Awake,
  look: (signal: AbortSignal) => Promise<Finding[]> = (signal) => lookForDrift(awake, signal),
): Part {
  return new DriftWatch(awake, look);
}

class DriftWatch implements Part {
  readonly name = 'drift';
  private readonly awake: Awake;
  private readonly look: (signal: AbortSignal) => Promise<Finding[]>;
  private readonly keep;
  private readonly outbox: Outbox;
  private readonly healing: Healing;
  private readonly aborter = new AbortController();
  /** What has drifted, by id, as it was told. */
  private known = new Map<string, Finding>();
  private at: string | undefined;
  private error: string | undefined;
  private nextAt = Number.POSITIVE_INFINITY;
  private looking = false;

  constructor(awake: Awake, look: (signal: AbortSignal) => Promise<Finding[]>) {
    this.awake = awake;
    this.look = look;
    this.keep = awake.keep('drift');
    this.outbox = new Outbox(awake, () => this.save());
    this.healing = new Healing(awake);
  }

  begin(): void {
    const kept = this.keep.read();
    if (isObject(kept)) {
      const known = Array.isArray(kept['known']) ? kept['known'] : [];
      for (const one of known as unknown as Finding[]) if (typeof one?.id === 'string') this.known.set(one.id, one);
      this.outbox.take(kept['outbox']);
      this.healing.take(kept['healing']);
    }
    this.soon();
  }

  changed(): void {
    if (this.awake.config.drift === undefined) this.nextAt = Number.POSITIVE_INFINITY;
    else if (this.nextAt === Number.POSITIVE_INFINITY || this.nextAt > this.awake.monotonic() + this.interval * 1100)
      this.soon();
  }

  tick(): void {
    const { awake } = this;
    if (awake.config.drift === undefined || awake.watched.size === 0) return;
    this.outbox.pump();
    if (this.looking || awake.busy || awake.booting || awake.monotonic() < this.nextAt) return;
    this.looking = true;
    this.nextAt = awake.monotonic() + this.interval * 1000 * (0.9 + awake.random() * 0.2);
    void this.round().finally(() => {
      this.looking = false;
    });
  }

  status(): Partial<AwakeStatus> {
    if (this.awake.config.drift === undefined || (this.at === undefined && this.error === undefined)) return {};
    const error = this.error === undefined ? {} : { error: this.error };
    return { drift: { at: this.at ?? '', workloads: [...this.known.keys()].sort(), ...error } };
  }

  end(): void {
    this.aborter.abort();
    this.outbox.end();
  }

  private get interval(): number {
    return this.awake.config.drift?.interval ?? INTERVAL;
  }

  private soon(): void {
    const { awake } = this;
    if (awake.config.drift === undefined) return;
    this.nextAt = awake.monotonic() + Math.min(this.interval, SOON) * 1000 * (0.5 + awake.random() * 0.5);
  }

  /** One look, and what follows from it. Never throws. */
  private async round(): Promise<void> {
    const { awake } = this;
    try {
      const found = await this.look(this.aborter.signal);
      // Somebody has gone to work meanwhile: what was seen may be half of what he does.
      if (awake.busy || this.aborter.signal.aborted) return this.soon();
      if (this.error !== undefined) awake.log('drift can be told again');
      this.error = undefined;
      this.at = awake.now().toISOString();
      this.compare(found);
      if ((awake.config.drift?.heal ?? 'never') !== 'never') await this.heal(found);
    } catch (error) {
      if (this.aborter.signal.aborted) return;
      const text = error instanceof Error ? error.message : String(error);
      if (this.error !== text) awake.log(`drift cannot be told: ${text}`);
      this.error = text;
    }
  }

  /** Tells what is new, and what is gone; the same once. */
  private compare(found: readonly Finding[]): void {
    const fresh = found.filter((one) => {
      const before = this.known.get(one.id);
      return before === undefined || digestOf(before) !== digestOf(one);
    });
    const now = new Set(found.map(({ id }) => id));
    const gone = [...this.known.keys()].filter((id) => !now.has(id));
    this.known = new Map(found.map((one) => [one.id, one]));
    if (fresh.length + gone.length > 0) this.save();
    for (const one of fresh) {
      const data: JsonObject = {
        what: one.what,
        paths: one.paths,
        ...(one.since === undefined ? {} : { since: one.since }),
      };
      this.awake.activity.tell({
        type: 'drift_found',
        severity: 'warning',
        workload: one.id,
        message: driftLine(asDrift(one)),
        data,
      });
    }
    for (const id of gone)
      this.awake.activity.tell({
        type: 'drift_gone',
        severity: 'info',
        workload: id,
        message: `${id} is as it was applied again`,
      });
    if (fresh.length > 0) this.put('drift_found', { new: fresh.map(({ id }) => id), gone });
    else if (gone.length > 0) this.put('drift_gone', { gone });
  }

  private async heal(found: readonly Finding[]): Promise<void> {
    const { awake, healing } = this;
    const { ids, later } = healing.due(found);
    if (later) this.soon();
    if (ids.length === 0 || awake.busy) return;
    const instances = Object.fromEntries(
      ids.flatMap((id): [string, string][] => {
        const instance = awake.watched.get(id)?.instance;
        return instance === undefined ? [] : [[id, instance]];
      }),
    );
    healing.begin(ids, this.interval);
    this.save();
    const safe = awake.config.drift?.heal === 'safe';
    const acted = await awake.act({ action: 'heal', ids, reason: 'drift', instances, safe });
    this.takeHealed(ids, found, acted);
    this.save();
  }

  private takeHealed(
    ids: readonly string[],
    found: readonly Finding[],
    { done, failed, skipped, left = {}, error }: Acted,
  ): void {
    const { awake, healing } = this;
    const reason = awake.config.drift?.heal ?? 'never';
    for (const id of done) {
      const again = healing.triesOf(id) > 1 ? ` (${healing.triesOf(id)} times of late)` : '';
      this.known.delete(id);
      awake.activity.tell({
        type: 'drift_healed',
        severity: 'info',
        workload: id,
        message: `${id} was brought back${again}`,
      });
    }
    for (const { id, code, message } of failed)
      awake.activity.tell({
        type: 'heal_failed',
        severity: 'error',
        workload: id,
        message: `${id} was not brought back: ${message}`,
        data: { code },
      });
    if (error !== undefined) {
      // Without the lock nothing was tried: the next look does. What broke off half-way counts, lest it goes on for ever.
      if (WITHOUT_LOCK.has(error.code)) healing.undo();
      awake.log(`drift was not healed: ${error.message}`);
    } else {
      const settled = new Set([...done, ...failed.map(({ id }) => id), ...skipped]);
      for (const one of found) {
        if (!ids.includes(one.id) || settled.has(one.id)) continue;
        // Whoever restarts it was quicker: it runs, and there is no reason why it should be left.
        if (one.what === 'stopped' && left[one.id] === undefined) continue;
        healing.leave(one);
        awake.activity.tell({
          type: 'heal_failed',
          severity: 'warning',
          workload: one.id,
          message: `${one.id} is left as it is (heal: ${reason})${left[one.id] === undefined ? '' : `: ${left[one.id]}`}`,
          data: { left: true },
        });
      }
    }
    if (done.length > 0)
      this.put('drift_healed', { healed: done, failed: failed.map(({ id, message }) => ({ id, message })) });
    else if (failed.length > 0) this.put('heal_failed', { failed: failed.map(({ id, message }) => ({ id, message })) });
  }

  private put(event: string, more: JsonObject): void {
    const { awake } = this;
    this.outbox.put(event, {
      at: awake.now().toISOString(),
      project: awake.name,
      host: hostname(),
      directory: awake.project,
      ...more,
      drift: [...this.known.values()] as unknown as Json,
    });
  }

  private save(): void {
    const kept = { known: [...this.known.values()], outbox: this.outbox.toKeep(), healing: this.healing.toKeep() };
    try {
      this.keep.write(kept as unknown as Json);
    } catch (error) {
      this.awake.log(`drift: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

const asDrift = ({ id, what, paths, detail }: Finding): Parameters<typeof driftLine>[0] => ({
  id,
  what,
  differences: paths.map((path) => ({ path })),
  ...(detail === undefined ? {} : { detail }),
});
