import type { Sample } from '../../../../src/model/awake.ts';
import type { Observed } from '../../../../src/model/observed.ts';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import type { Resources, Spec } from '../../../../src/model/spec.ts';
import type { Kind } from '../../../../src/model/workload.ts';
import type { CallContext, Provider, Throttle, Usage } from '../../../../src/providers/contract.ts';
import { runningRecord } from '../../../support/records.ts';
import type { Chance } from './chance.ts';
import type { DayClock } from './clock.ts';

const MIB = 1 << 20;

/** How an engine answers for now. */
export type Mood = 'well' | 'hangs' | 'throws' | 'late';

/** What really runs, whatever state and agent think of it. */
export interface Running {
  instance: string;
  engine: string;
  cpuQuota: number | undefined;
  /** Cores that it wants; it gets its limit at most. */
  demand: number;
  /** What is lowered for now. */
  throttledTo: number | undefined;
  cpuSeconds: number;
  at: number;
  memory: number;
  threads: number;
  disk: number;
  oomKills: number;
  healthy: boolean;
}

export const ENGINES = ['native', 'container', 'vm', 'java'] as const;
const KINDS: Record<(typeof ENGINES)[number], Kind> = {
  native: 'native',
  container: 'container',
  vm: 'vm',
  java: 'java',
};

/** Four engines and what runs on them. They are not real: a day of real ones takes a day. */
export class World {
  readonly running = new Map<string, Running>();
  readonly moods = new Map<string, Mood>(ENGINES.map((name) => [name, 'well']));
  /** Called before a throttle is set or lifted. */
  onThrottle: (id: string) => void = () => undefined;
  calls = 0;
  private readonly clock: DayClock;
  private readonly chance: Chance;
  private instances = 0;

  constructor(clock: DayClock, chance: Chance) {
    this.clock = clock;
    this.chance = chance;
  }

  /** The provider of that name, as one agent sees it. `dead`: that agent was killed. */
  provider(name: string, dead: () => boolean): Provider {
    const moody = async (signal: AbortSignal): Promise<void> => {
      this.calls += 1;
      const mood = this.moods.get(name) ?? 'well';
      if (mood === 'late') await this.clock.pause(this.chance.between(200, 4_000));
      if (mood === 'hangs') {
        await this.clock.pause(this.chance.between(10_000, 15_000));
        throw new Error('no answer in time');
      }
      if (mood === 'throws') throw new Error(`${name} is down`);
      signal.throwIfAborted();
      if (dead()) throw new Error('killed');
    };
    const provider: Partial<Provider> = {
      name,
      kind: KINDS[name as keyof typeof KINDS],
      sample: async (records: WorkloadRecord[], { signal }: CallContext) => {
        await moody(signal);
        return records.flatMap(({ id, handle }) => this.usage(id, String(handle?.['instance'])) ?? []);
      },
      throttle: async ({ id, handle }: WorkloadRecord, throttle: Throttle, { signal }: CallContext) => {
        if (!dead()) this.onThrottle(id);
        await moody(signal);
        const one = this.running.get(id);
        if (one === undefined || one.instance !== handle?.['instance']) return {};
        this.count(one);
        one.throttledTo = throttle.cpu ?? undefined;
        return throttle;
      },
      read: async (records: WorkloadRecord[], { signal }: CallContext) => {
        await moody(signal);
        return records.map(({ id, handle }): Observed => {
          const up = this.running.get(id)?.instance === handle?.['instance'];
          return { id, status: up ? 'running' : 'dead', fields: {}, attributes: {}, handle };
        });
      },
      health: (record: WorkloadRecord, _: Spec, { signal }: CallContext) =>
        moody(signal).then(() =>
          this.running.get(record.id)?.healthy === true ? { healthy: true } : { healthy: false, reason: 'it says so' },
        ),
    };
    return provider as Provider;
  }

  /** Starts it, in place of what ran there before. Gives its handle. */
  start(id: string, engine: string, resources: Resources | undefined): { instance: string } {
    this.instances += 1;
    const instance = `i${this.instances}`;
    this.running.set(id, {
      ...{ instance, engine, cpuQuota: resources?.cpu, demand: 0.1, throttledTo: undefined, cpuSeconds: 0 },
      ...{ at: this.clock.time, memory: 10 * MIB, threads: 3, disk: MIB, oomKills: 0, healthy: true },
    });
    return { instance };
  }

  /** What goes on in it changes by chance. */
  stir(): void {
    const { chance } = this;
    for (const one of this.running.values()) {
      this.count(one);
      one.demand = chance.once(3) ? chance.between(0.5, 4) : chance.between(0, 0.2);
      one.memory = chance.between(5, chance.once(6) ? 70 : 50) * MIB;
      one.threads = Math.round(chance.between(2, chance.once(5) ? 40 : 20));
      one.disk = chance.between(1, chance.once(6) ? 120 : 60) * MIB;
      one.healthy = !chance.once(12);
      if (chance.once(15)) one.oomKills += 1;
    }
  }

  calm(): void {
    for (const name of ENGINES) this.moods.set(name, 'well');
    for (const one of this.running.values()) {
      this.count(one);
      Object.assign(one, { demand: 0.01, memory: 5 * MIB, threads: 2, disk: MIB, healthy: true });
    }
  }

  private usage(id: string, instance: string): Usage | undefined {
    const one = this.running.get(id);
    if (one === undefined || one.instance !== instance) return undefined;
    this.count(one);
    const { cpuSeconds, memory, threads, disk, oomKills } = one;
    const limit = one.throttledTo ?? one.cpuQuota;
    const usage: Omit<Sample, 'at'> = { cpuSeconds, memory, workingSet: memory, threads, diskUsed: disk, oomKills };
    return { id, ...usage, processes: 1, ...(limit === undefined ? {} : { cpuLimit: limit }) };
  }

  private count(one: Running): void {
    const limit = one.throttledTo ?? one.cpuQuota ?? 8;
    one.cpuSeconds += (Math.min(one.demand, limit) * (this.clock.time - one.at)) / 1000;
    one.at = this.clock.time;
  }
}

const ENFORCED: Resources[] = [
  { cpu: 1, enforcement: { cpu: { action: 'THROTTLE', gracePeriod: 3 } } },
  { cpu: 0.5, enforcement: { cpu: { action: 'THROTTLE', gracePeriod: 5 } } },
  { memory: 64 * MIB, enforcement: { memory: { action: 'KILL', gracePeriod: 3 } } },
  {
    cpu: 2,
    memory: 64 * MIB,
    enforcement: { cpu: { action: 'SHUTDOWN', gracePeriod: 60 }, memory: { action: 'NOTIFY' } },
  },
  { maxThreads: 32, disk: 100 * MIB, enforcement: { threads: { action: 'NOTIFY' }, disk: { action: 'SHUTDOWN' } } },
];

/** A workload as an apply would record it. */
export function record(world: World, chance: Chance, id: string, generation: number): WorkloadRecord {
  const engine = chance.of(ENGINES);
  const resources = chance.once(6) ? undefined : chance.of(ENFORCED);
  const restart = { policy: chance.of(['no', 'always', 'on-failure'] as const) };
  const healthCheck = chance.once(3) ? { healthCheck: { type: 'engine', interval: 10, retries: 3 } } : {};
  const spec = { ...(resources === undefined ? {} : { resources }), restart, ...healthCheck } as unknown as Spec;
  const handle = world.start(id, engine, resources);
  return runningRecord({ id, kind: KINDS[engine], provider: engine, spec, handle, attributes: {}, generation });
}
