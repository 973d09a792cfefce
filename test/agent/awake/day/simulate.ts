import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Watch } from '../../../../src/agent/awake/awake.ts';
import { writeAwakeConfig } from '../../../../src/agent/awake/config-file.ts';
import type { Part } from '../../../../src/agent/awake/contract.ts';
import { fromKept } from '../../../../src/agent/awake/enforcement/kept.ts';
import type { AgentConfig } from '../../../../src/model/awake.ts';
import { Chance } from './chance.ts';
import { DayClock } from './clock.ts';
import { Project } from './project.ts';
import { ENGINES, type Mood, World } from './world.ts';

const SECOND = 1_000;
/** What was begun before the lock was taken may still come so long after. ms */
const GRACE = 2 * SECOND + 300;
/** The hours of a day at which it is weighed: some early and some late ones, as one alone goes up and down. */
const WEIGHED = [4, 5, 6, 7, 8, 14, 20, 21, 22, 23];

/** What one looks like from outside after so many hours. */
export interface Weight {
  hours: number;
  /** Bytes after a collection. */
  heap: number;
  descriptors: number;
  handles: number;
  /** What they are. */
  kinds: Record<string, number>;
  timers: number;
  files: Record<string, number>;
  inside: number;
}

export interface Report {
  seed: number;
  seconds: number;
  ticks: number;
  acts: number;
  calls: number;
  watches: number;
  mostWaiting: number;
  wrong: string[];
  logged: number;
  events: Record<string, number>;
  throttlesAtEnd: number;
  weights: Weight[];
}

export interface DayOptions {
  dir: string;
  seed: number;
  hours: number;
  workloads: number;
  /** Where metrics are served, and where a collector takes telemetry. */
  metricsPort: number;
  collector: string;
  /** Prints what `pj drift --json` would. */
  pjEntry: string;
  /** Ends the collector's connections. */
  hangUp(): void;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** One day of the watch, with faults by chance. */
export class Day {
  private readonly clock = new DayClock();
  private readonly chance: Chance;
  private readonly world: World;
  private readonly project: Project;
  private readonly options: DayOptions;
  private readonly wrong = new Set<string>();
  private readonly ids: string[];
  private readonly undo: { at: number; call: () => void }[] = [];
  private readonly events: Record<string, number> = {};
  private watch: Watch;
  private owner = {};
  private watches = 0;
  private ticks = 0;
  private logged = 0;
  /** A fault that what is kept is not to be judged under. */
  private disturbed = 0;
  private drift: string[] = [];

  constructor(options: DayOptions) {
    this.options = options;
    this.chance = new Chance(options.seed);
    this.world = new World(this.clock, this.chance);
    this.project = new Project(options.dir, this.clock, this.chance, this.world);
    this.ids = Array.from({ length: options.workloads }, (_, i) => `w${i}`);
    this.world.onThrottle = (id) => this.mayAct(`a throttle of ${id}`);
    this.watch = this.make();
  }

  async run(): Promise<Report> {
    const begun = performance.now();
    const { hours, seed } = this.options;
    this.configure();
    await this.clock.through(this.project.apply(this.ids));
    await this.watch.begin();
    const weights: Weight[] = [];
    for (let second = 60; second < hours * 3_600; second += 10) {
      if (second % 3_600 < 10 && WEIGHED.includes(Math.floor(second / 3_600) % 24))
        weights.push(await this.weigh(Math.floor(second / 3_600)));
      if (second % 60 === 0) this.world.stir();
      if (second % 30 === 0) await this.fault();
      for (const one of this.undo.splice(0)) one.at <= this.clock.time ? one.call() : this.undo.push(one);
      await this.pass(10 * SECOND);
      this.check();
    }
    for (const one of this.undo.splice(0)) one.call();
    this.world.calm();
    this.drift = [];
    this.tellDrift();
    this.clock.shift = 0;
    await this.pass(15 * 60 * SECOND);
    this.check();
    for (const [id, { throttledTo }] of this.world.running)
      if (throttledTo !== undefined) this.wrong.add(`${id} is throttled to ${throttledTo} at the end of the day`);
    weights.push(await this.weigh(hours));
    await this.clock.through(this.watch.end());
    return {
      ...{ seed, seconds: (performance.now() - begun) / 1000, ticks: this.ticks, acts: this.project.acts },
      ...{ calls: this.world.calls, watches: this.watches, mostWaiting: this.project.mostWaiting, logged: this.logged },
      ...{ wrong: [...this.wrong], events: this.events, weights },
      throttlesAtEnd: [...this.world.running.values()].filter(({ throttledTo }) => throttledTo !== undefined).length,
    };
  }

  private pass(ms: number): Promise<void> {
    return this.clock.until(this.clock.time + ms, () => this.owner);
  }

  /** Another agent's watch: of an agent before it only what is on disk is left. */
  private make(): Watch {
    const owner = {};
    this.owner = owner;
    this.watches += 1;
    const { dir, pjEntry } = this.options;
    const dead = (): boolean => this.owner !== owner;
    const watch = new Watch({
      ...{ project: dir, pjVersion: '0.1.0', pjEntry, env: {}, clock: this.clock.of(owner) },
      providers: (name) => Promise.resolve(this.world.provider(name, dead)),
      log: (text) => {
        this.logged += 1;
        if (process.env['PJ_DAY_LOG'] !== undefined)
          process.stderr.write(`${this.clock.wall().toISOString()} ${text}\n`);
        if (/TypeError|RangeError|ReferenceError|undefined|not a function/.test(text)) this.wrong.add(`log: ${text}`);
      },
    });
    watch.random = this.chance.next;
    const { keep, act: _ } = watch;
    watch.keep = (part) => {
      const kept = keep(part);
      return {
        read: () => kept.read(),
        write: (value) => {
          if (!dead()) kept.write(value);
        },
      };
    };
    watch.act = (act) => {
      if (dead()) return new Promise(() => undefined);
      this.mayAct(`an act (${act.action})`);
      return this.project.act(act);
    };
    const { tell } = watch.activity;
    watch.activity.tell = (event) => {
      if (dead()) return;
      this.events[event.type] = (this.events[event.type] ?? 0) + 1;
      tell(event);
    };
    return watch;
  }

  /** As by SIGKILL: it does nothing any more, and only what the kernel would take back is taken back. */
  private async kill(): Promise<void> {
    const { watch, owner } = this;
    this.owner = {};
    this.clock.drop(owner);
    const { parts, sampler } = watch as unknown as { parts: Part[]; sampler: { rest(): void } };
    sampler.rest();
    const holders = parts.filter(({ name }) => ['metrics', 'telemetry', 'drift'].includes(name));
    await Promise.all(holders.map((part) => part.end?.()));
  }

  private async restart(how: 'kill' | 'end'): Promise<void> {
    if (how === 'kill') await this.kill();
    else {
      await this.clock.through(this.watch.end());
      this.clock.drop(this.owner);
    }
    if (this.chance.once(3)) this.reboot();
    this.watch = this.make();
    await this.clock.through(this.watch.begin());
  }

  /** The next agent finds that the machine was rebooted. */
  private reboot(): void {
    const path = join(this.options.dir, '.pj', 'agent', 'awake.json');
    const kept = this.kept();
    kept['boot'] = {
      bootId: 'b',
      pending: { at: this.clock.wall().toISOString(), told: false, failed: {}, attempts: 0 },
    };
    writeFileSync(`${path}.new`, JSON.stringify(kept));
    renameSync(`${path}.new`, path);
  }

  private async fault(): Promise<void> {
    const { chance, clock, project, world } = this;
    const later = (seconds: number, call: () => void) => this.undo.push({ at: clock.time + seconds * SECOND, call });
    if (chance.once(4)) world.moods.set(chance.of(ENGINES), chance.of<Mood>(['well', 'hangs', 'throws', 'late']));
    if (chance.once(2)) world.moods.set(chance.of(ENGINES), 'well');
    if (chance.once(6))
      void project
        .apply([chance.of(this.ids), chance.of(this.ids)])
        .catch((error) => this.wrong.add(`apply: ${error}`));
    if (chance.once(40)) clock.shift += chance.of([-1, 1]) * chance.between(1, 7_200) * SECOND;
    if (chance.once(30)) this.configure();
    if (chance.once(20)) {
      this.drift = this.ids.filter(() => chance.once(8));
      this.tellDrift();
    }
    if (this.disturbed === 0 && project.idle && chance.once(60)) {
      this.disturbed += 1;
      const mend = chance.once(2) ? project.fill() : this.damaged();
      later(chance.between(20, 200), () => {
        mend();
        this.disturbed -= 1;
      });
    }
    if (chance.once(20))
      await fetch(`http://127.0.0.1:${this.options.metricsPort}/metrics`)
        .then((answer) => answer.text())
        .catch(() => '');
    if (chance.once(2) && chance.once(90)) await this.restart(chance.of(['kill', 'kill', 'end']));
  }

  /** Nobody applies while the state is unreadable: pj would refuse. */
  private damaged(): () => void {
    const mend = this.project.damage();
    let go: () => void = () => undefined;
    this.project.hold(new Promise<void>((resolve) => (go = resolve)));
    return () => {
      mend();
      go();
    };
  }

  private configure(): void {
    const { chance } = this;
    const agent: AgentConfig = {
      ...(chance.once(4) ? { sampling: { interval: 2 } } : {}),
      ...(chance.once(5) ? {} : { metrics: { port: this.options.metricsPort } }),
      ...(chance.once(2) ? {} : { telemetry: { endpoint: this.options.collector, logs: true } }),
      drift: {
        interval: 1_800,
        heal: chance.of(['never', 'safe', 'always'] as const),
        notify: [{ file: 'drift.ndjson' }],
      },
    };
    writeAwakeConfig(this.options.dir, { name: 'day', agent });
  }

  private tellDrift(): void {
    const found = this.drift.map((id) => ({
      pj: { id, kind: 'native', what: this.chance.of(['changed', 'stopped']), paths: ['/env'] },
    }));
    writeFileSync(join(this.options.dir, 'drift-found.json'), JSON.stringify({ resource_drift: found }));
  }

  private mayAct(what: string): void {
    const { lockedAt } = this.project;
    if (lockedAt !== undefined && this.clock.time - lockedAt > GRACE)
      this.wrong.add(`${what}, though another run has held the lock for ${this.clock.time - lockedAt} ms`);
  }

  /** What must be so at any moment. */
  private check(): void {
    const { world, watch } = this;
    this.ticks = Math.max(this.ticks, Math.round(this.clock.time / SECOND));
    const cases = fromKept(this.kept()['enforcement'] as never);
    // What is in force must be in what is kept: else nobody lifts it after a kill.
    for (const [id, { throttledTo }] of world.running) {
      if (throttledTo === undefined) continue;
      const counter = cases.get(id)?.counted.get('cpu')?.counter;
      if (counter?.throttle === undefined && counter?.pending === undefined)
        this.wrong.add(`${id} is throttled to ${throttledTo}, and nothing of it is kept`);
    }
    for (const { id, quotas } of watch.status().workloads)
      for (const { resource, violations } of quotas ?? [])
        if (!(violations >= 0 && violations <= 60)) this.wrong.add(`${id} ${resource}: ${violations} violations`);
    if (watch.samples.size > watch.watched.size)
      this.wrong.add(`${watch.samples.size} samples of ${watch.watched.size}`);
  }

  private kept(): Record<string, unknown> {
    try {
      return JSON.parse(readFileSync(join(this.options.dir, '.pj', 'agent', 'awake.json'), 'utf8'));
    } catch {
      return {};
    }
  }

  /** With nobody served and nobody told: connections come and go. */
  private async weigh(hours: number): Promise<Weight> {
    writeAwakeConfig(this.options.dir, { name: 'day', agent: {} });
    await this.pass(30 * SECOND);
    this.options.hangUp();
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (let i = 0; i < 3; i++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    const weight = {
      hours,
      heap: process.memoryUsage().heapUsed,
      descriptors: readdirSync('/proc/self/fd').length,
      handles: process.getActiveResourcesInfo().filter((name) => name !== 'Immediate').length,
      kinds: kindsOf(process.getActiveResourcesInfo()),
      timers: this.clock.pending,
      files: sizes(join(this.options.dir, '.pj')),
      inside: elements(this.watch),
    };
    this.configure();
    return weight;
  }
}

/** How often each occurs. */
function kindsOf(names: readonly string[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const name of names) found[name] = (found[name] ?? 0) + 1;
  return found;
}

/** Bytes by file. */
function sizes(folder: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) found[path.slice(folder.length + 1)] = statSync(path).size;
  }
  return found;
}

/** Elements of all maps, sets and lists that can be reached from it. */
function elements(root: object): number {
  const seen = new Set<object>();
  let count = 0;
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value) || ArrayBuffer.isView(value)) return;
    seen.add(value);
    const parts: Iterable<unknown> =
      value instanceof Map ? [...value.entries()].flat() : value instanceof Set ? value : Object.values(value);
    if (value instanceof Map || value instanceof Set) count += value.size;
    else if (Array.isArray(value)) count += value.length;
    for (const one of parts) visit(one);
  };
  visit(root);
  return count;
}
