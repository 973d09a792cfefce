import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Act, Acted } from '../../../../src/agent/awake/contract.ts';
import { instanceOf } from '../../../../src/agent/awake/state-view.ts';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import { localStore } from '../../../../src/state/local.ts';
import type { Chance } from './chance.ts';
import type { DayClock } from './clock.ts';
import { record, type World } from './world.ts';

/** The state and who changes it: runs of pj, one at a time, with the real store and its lock. */
export class Project {
  /** Simulated ms since when another run holds the lock. */
  lockedAt: number | undefined;
  acts = 0;
  mostWaiting = 0;
  private runs = 0;
  private waiting = 0;
  private last: Promise<unknown> = Promise.resolve();
  private readonly store;
  readonly dir: string;
  private readonly clock: DayClock;
  private readonly chance: Chance;
  private readonly world: World;

  constructor(dir: string, clock: DayClock, chance: Chance, world: World) {
    this.dir = dir;
    this.clock = clock;
    this.chance = chance;
    this.world = world;
    mkdirSync(join(dir, '.pj', 'agent'), { recursive: true, mode: 0o700 });
    this.store = localStore({ dir, pjVersion: '0.1.0', now: clock.wall });
  }

  /** No run is under way, and none waits. */
  get idle(): boolean {
    return this.runs === 0;
  }

  /** A run of pj: the lock is held for so many ms, then `change` says what is another by then. */
  run(ms: number, change: (records: Readonly<Record<string, WorkloadRecord>>) => Map<string, WorkloadRecord | null>) {
    this.runs += 1;
    const turn = this.last.then(async () => {
      const session = await this.store.open({
        ...{ operation: 'apply', lockTimeout: 0, emit: () => undefined, signal: new AbortController().signal },
      });
      this.lockedAt = this.clock.time;
      try {
        await this.clock.pause(ms);
        for (const [id, next] of change(session.snapshot.workloads)) await session.put(id, next);
      } finally {
        // Simulated time runs on while real files are written: from here on the lock may be gone at any moment.
        this.lockedAt = undefined;
        await session.close();
      }
    });
    this.last = turn
      .catch(() => undefined)
      .finally(() => {
        this.runs -= 1;
      });
    return turn;
  }

  /** Every run waits for that. */
  hold(until: Promise<void>): void {
    this.last = this.last.then(() => until);
  }

  /** What `pj agent act` would do: one after the other, each under the lock, with the instance looked at again. */
  async act({ action, ids, instances = {}, reason }: Act): Promise<Acted> {
    const { chance } = this;
    this.acts += 1;
    this.waiting += 1;
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting);
    const acted: Acted = { ok: true, done: [], failed: [], skipped: [] };
    try {
      if (chance.once(20)) return { ...acted, ok: false, error: { code: 'PJ3010', message: 'another run has it' } };
      await this.run(chance.between(200, 3_000), (records) => {
        const changed = new Map<string, WorkloadRecord | null>();
        for (const id of ids.length === 0 ? Object.keys(records) : ids) {
          const now = records[id];
          if (now === undefined || (instances[id] ?? instanceOf(now)) !== instanceOf(now)) acted.skipped.push(id);
          else if (chance.once(15)) acted.failed.push({ id, code: 'PJ5101', message: 'the engine is down' });
          else {
            acted.done.push(id);
            changed.set(id, this.after(now, action, reason));
          }
        }
        return changed;
      });
      acted.ok = acted.failed.length === 0;
      return acted;
    } finally {
      this.waiting -= 1;
    }
  }

  /** Somebody applies: workloads come, go and are changed. */
  apply(ids: readonly string[]): Promise<void> {
    const { chance, world } = this;
    return this.run(chance.between(500, 8_000), (records) => {
      const changed = new Map<string, WorkloadRecord | null>();
      for (const id of ids) {
        const now = records[id];
        if (now !== undefined && chance.once(3)) {
          world.running.delete(id);
          changed.set(id, null);
        } else changed.set(id, record(world, chance, id, (now?.generation ?? 0) + 1));
      }
      return changed;
    });
  }

  /** The state cannot be read until what this gives is called. */
  damage(): () => void {
    const path = join(this.dir, '.pj', 'state.json');
    if (!existsSync(path)) return () => undefined;
    const whole = readFileSync(path);
    const aside = `${path}.whole`;
    writeFileSync(aside, whole);
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    return () => renameSync(aside, path);
  }

  /** The disk is full for what is kept and for events, until what this gives is called. */
  fill(): () => void {
    const events = join(this.dir, '.pj', 'events.ndjson');
    const aside = join(this.dir, '.pj', 'events-aside');
    const next = join(this.dir, '.pj', 'agent', 'awake.json.tmp');
    if (existsSync(events)) renameSync(events, aside);
    rmSync(next, { force: true });
    symlinkSync('/dev/full', next);
    // Not there, and not to be made: /dev/full would be endless for who reads it.
    symlinkSync('/nowhere/events.ndjson', events);
    return () => {
      for (const path of [events, next]) rmSync(path, { force: true });
      if (existsSync(aside)) renameSync(aside, events);
    };
  }

  private after(now: WorkloadRecord, action: Act['action'], reason: string): WorkloadRecord {
    const { world } = this;
    const updatedAt = this.clock.wall().toISOString();
    if (action === 'stop' || action === 'kill') {
      world.running.delete(now.id);
      if (action === 'stop') return { ...now, state: 'STOPPED', desiredState: 'stopped', updatedAt };
      return { ...now, state: 'FAILED', lastError: { code: 'PJ5700', message: reason }, updatedAt };
    }
    const handle = world.start(now.id, now.provider, now.spec.resources);
    const { lastError: _, ...rest } = now;
    return { ...rest, handle, state: 'RUNNING', desiredState: 'running', updatedAt };
  }
}
