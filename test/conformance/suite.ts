import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, type Pointer, at as valueAt } from '../../src/model/json.ts';
import type { Observed } from '../../src/model/observed.ts';
import type { Identity, WorkloadRecord } from '../../src/model/record.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Workload } from '../../src/model/workload.ts';
import { DEFAULT_LIFECYCLE } from '../../src/model/workload.ts';
import type { CallContext, Made, Provider, Target } from '../../src/providers/contract.ts';
import { runningRecord } from '../support/records.ts';

/** What the suite needs of a kind: made anew for every test, which plays the state of one lineage. */
export interface Case {
  /** A provider as a new run of pj would open it: nothing of an earlier one in memory. */
  provider(): Provider;
  /** Where names stand beside those of other cases; default `conformance`. */
  project?: string;
  /** Runs until it is stopped. */
  spec: Spec;
  /** The same for a second one that runs beside it, where two cannot share all; default the same. */
  another?: Spec;
  /** Changes of that spec with the class that they must be told to have. */
  changes: { path: Pointer; spec: Spec; updateClass: 'live' | 'restart' | 'replace' }[];
  /** True when the engine keeps nothing by itself, so that there is nothing to find or to lose. */
  stateless?: boolean;
  /** True for what is there or not and has nothing to stop (networks, volumes): it counts as running as long as it is there. */
  neverStops?: boolean;
  /** The engine's own name of what runs (a pid), which a live change must keep. */
  engineId(attributes: JsonObject): unknown;
  /** Ends it behind the provider's back. */
  kill?(attributes: JsonObject): Promise<void>;
  /** Kills whatever stands between the provider and the engine (the agent), if there is such a thing. */
  breakConnection?(): Promise<void>;
  /** Everything that the provider has made and that is there now: processes, groups, files; empty when all is gone. */
  leftovers(): Promise<string[]>;
  clear(): Promise<void>;
}

/** Every provider passes this suite (architecture.md, "A provider"). */
export function conformance(
  name: string,
  make: (lineage: string) => Promise<Case>,
  /** Milliseconds that one test may take. */
  timeout = 180_000,
): void {
  describe(`conformance of ${name}`, { timeout }, () => {
    let at: Case;
    let opened: Provider[];
    const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
    let lineage: string;
    const projectOf = (): string => at.project ?? 'conformance';
    const mine = (id: string, generation = 1): Identity => ({ project: projectOf(), lineage, id, generation });

    beforeEach(async () => {
      lineage = randomUUID();
      at = await make(lineage);
      opened = [];
    });
    afterEach(async () => {
      for (const provider of opened) await provider.close?.();
      await at.clear();
    });

    /** What is there and was not started, or was stopped. */
    const atRest = (): string => (at.neverStops === true ? 'running' : 'stopped');
    const open = (): Provider => {
      const provider = at.provider();
      opened.push(provider);
      return provider;
    };
    const target = (id: string, spec: Spec, made?: Made, identity = mine(id)): Target => ({
      identity,
      handle: made?.handle ?? null,
      spec,
      stored: spec,
      specDigest: JSON.stringify(spec),
    });
    const record = (id: string, spec: Spec, made: Made | undefined): WorkloadRecord =>
      runningRecord({
        id,
        kind: open().kind,
        provider: open().name,
        spec,
        handle: made?.handle ?? null,
        attributes: made?.attributes ?? {},
      });
    const readOne = async (provider: Provider, one: WorkloadRecord): Promise<Observed> => {
      const [seen, ...more] = await provider.read([one], context);
      if (seen === undefined || more.length > 0) throw new Error('read gives one observation a record');
      return seen;
    };
    const running = async (provider: Provider, id: string, spec = at.spec): Promise<Made> => {
      const created = await provider.create(target(id, spec), context);
      return provider.start(target(id, spec, created), context);
    };
    const expectClean = (seen: Observed, one: WorkloadRecord) => {
      expect(seen.status).toBe('running');
      expect(seen.handle).toEqual(one.handle);
      for (const [path, value] of Object.entries(seen.fields)) {
        expect([path, value]).toEqual([path, valueAt(one.spec, path)]);
      }
    };

    it('says whether its engine is there', async () => {
      const provider = open();
      expect((await provider.probe(context)).usable).toBe(true);
    });

    it('finds nothing wrong with a sample spec', async () => {
      const workload: Workload = {
        id: 'checked',
        kind: open().kind,
        provider: open().name,
        dependencies: [],
        desiredState: 'running',
        lifecycle: DEFAULT_LIFECYCLE,
        spec: at.spec,
      };
      const findings = [...(await open().check([workload], context)).values()].flat();
      expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
    });

    it('reads what it created and started as it was asked for, in this run and in the next', async () => {
      const provider = open();
      const made = await running(provider, 'a');
      const one = record('a', at.spec, made);
      expectClean(await readOne(provider, one), one);
      const first = await readOne(open(), one);
      expectClean(first, one);
      const second = await readOne(open(), one);
      expect({ ...second, since: first.since }).toEqual(first);
    });

    it('gives one observation a record, in any number, and `gone` for what is not there', async () => {
      const provider = open();
      const made = await running(provider, 'a');
      const there = record('a', at.spec, made);
      const not = record('b', at.spec, undefined);
      const seen = await provider.read([not, there], context);
      expect(seen.map(({ id }) => id)).toEqual(['b', 'a']);
      if (at.stateless !== true) expect(seen.map(({ status }) => status)).toEqual(['gone', 'running']);
      expect(await provider.read([], context)).toEqual([]);
    });

    it('does every step twice as once', async () => {
      const provider = open();
      const created = await provider.create(target('a', at.spec), context);
      const createdAgain = await provider.create(target('a', at.spec, created), context);
      expect(createdAgain.handle).toEqual(created.handle);
      const started = await provider.start(target('a', at.spec, created), context);
      const startedAgain = await open().start(target('a', at.spec, started), context);
      expect(startedAgain.handle).toEqual(started.handle);
      expect(at.engineId(startedAgain.attributes)).toEqual(at.engineId(started.attributes));
      for (let i = 0; i < 2; i++) await provider.stop(target('a', at.spec, started), context);
      if (at.stateless !== true) {
        expect((await readOne(provider, record('a', at.spec, started))).status).toBe(atRest());
      }
      for (let i = 0; i < 2; i++) {
        await provider.destroy(target('a', at.spec, started), { destroyVolumes: true }, context);
      }
      await provider.stop(target('a', at.spec, started), context);
    });

    it('destroys what runs, and leaves nothing', async () => {
      const provider = open();
      const made = await running(provider, 'a');
      await provider.destroy(target('a', at.spec, made), { destroyVolumes: true }, context);
      if (at.stateless !== true) {
        expect((await readOne(provider, record('a', at.spec, made))).status).toBe('gone');
        expect(await provider.find(mine('a'), context)).toBeUndefined();
        expect(await provider.list({ project: projectOf(), lineage }, context)).toEqual([]);
      }
      await provider.close?.();
      // What has happened stays to be told, as what was written does.
      expect((await at.leftovers()).filter((name) => name !== 'events.ndjson')).toEqual([]);
    });

    it('finds what a killed run made, after each of its calls', async () => {
      if (at.stateless === true) {
        expect(await open().find(mine('a'), context)).toBeUndefined();
        return;
      }
      expect(await open().find(mine('a'), context)).toBeUndefined();
      const created = await open().create(target('a', at.spec), context);
      const first = await open().find(mine('a'), context);
      expect(first).toMatchObject({ handle: created.handle, whole: true, specDigest: JSON.stringify(at.spec) });
      expect(first?.status).toBe(atRest());
      const started = await open().start(target('a', at.spec, created), context);
      expect(await open().find(mine('a'), context)).toMatchObject({ handle: started.handle, status: 'running' });
      const listed = await open().list({ project: projectOf(), lineage }, context);
      expect(listed.map(({ identity }) => identity.id)).toEqual(['a']);
      await open().stop(target('a', at.spec, started), context);
      expect((await open().find(mine('a'), context))?.status).toBe(atRest());
      await open().destroy(target('a', at.spec, started), { destroyVolumes: true }, context);
      expect(await open().find(mine('a'), context)).toBeUndefined();
    });

    it('tells of every change the class that it has', async () => {
      for (const { path, spec, updateClass } of at.changes) {
        const told = open().classify(
          path,
          valueAt(at.spec, path),
          valueAt(spec, path),
          record('a', at.spec, undefined),
          spec,
        );
        expect([path, told.updateClass]).toEqual([path, updateClass]);
        expect(told.reason).toMatch(/\w+ \w+/);
      }
    });

    it('makes live changes without a restart, and reads them back', async () => {
      const provider = open();
      let made = await running(provider, 'a');
      const before = at.engineId(made.attributes);
      for (const { path, spec } of at.changes.filter((change) => change.updateClass === 'live')) {
        made = await provider.update(target('a', spec, made), [path], context);
        expect(at.engineId(made.attributes)).toEqual(before);
        const one = record('a', spec, made);
        expectClean(await readOne(open(), one), one);
      }
    });

    it('makes restart changes by stop, update, start', async () => {
      const provider = open();
      let made = await running(provider, 'a');
      for (const { path, spec } of at.changes.filter((change) => change.updateClass === 'restart')) {
        const before = at.engineId(made.attributes);
        await provider.stop(target('a', spec, made), context);
        made = await provider.update(target('a', spec, made), [path], context);
        made = await provider.start(target('a', spec, made), context);
        if (at.stateless !== true) expect(at.engineId(made.attributes)).not.toEqual(before);
        const one = record('a', spec, made);
        expectClean(await readOne(open(), one), one);
        expect((await open().find(mine('a'), context))?.specDigest).toBe(
          at.stateless === true ? undefined : JSON.stringify(spec),
        );
      }
    });

    it('never touches what another state made under the same name', async () => {
      if (at.stateless === true) return;
      const provider = open();
      const made = await running(provider, 'a');
      const theirs: Identity = { ...mine('a'), lineage: 'f00d0000-0000-4000-8000-000000000000' };
      const wrong = { ...made, handle: { ...made.handle } };
      expect(await provider.find(theirs, context)).toBeUndefined();
      expect(await provider.list({ project: projectOf(), lineage: theirs.lineage }, context)).toEqual([]);
      await provider.stop(target('a', at.spec, wrong, theirs), context);
      await provider.release?.(target('a', at.spec, wrong, theirs), context);
      await provider.destroy(target('a', at.spec, wrong, theirs), { destroyVolumes: true }, context);
      const one = record('a', at.spec, made);
      expectClean(await readOne(provider, one), one);
    });

    it('runs two generations side by side, if it says that it can', async () => {
      const provider = open();
      if (!provider.capabilities.sideBySide || at.stateless === true) return;
      const old = await running(provider, 'a');
      const next = mine('a', 2);
      const created = await provider.create(target('a', at.spec, undefined, next), context);
      const made = await provider.start(target('a', at.spec, created, next), context);
      expect(at.engineId(made.attributes)).not.toEqual(at.engineId(old.attributes));
      await provider.stop(target('a', at.spec, old), context);
      await provider.destroy(target('a', at.spec, old), { destroyVolumes: false }, context);
      expect(await provider.find(mine('a'), context)).toBeUndefined();
      expect(await provider.find(next, context)).toMatchObject({ status: 'running', handle: made.handle });
    });

    it('tells that it was ended behind its back, and starts it again', async () => {
      if (at.kill === undefined) return;
      const provider = open();
      const made = await running(provider, 'a');
      await at.kill(made.attributes);
      const one = record('a', at.spec, made);
      await expect.poll(async () => (await readOne(open(), one)).status, { timeout: 30_000 }).toBe('dead');
      expect((await readOne(open(), one)).detail).toMatch(/SIGKILL|exit unknown|powered off|crashed/);
      const again = await provider.start(target('a', at.spec, made), context);
      const healed = record('a', at.spec, again);
      expectClean(await readOne(open(), healed), healed);
    });

    it('goes on when what stands between it and the engine is killed', async () => {
      if (at.breakConnection === undefined) return;
      const provider = open();
      const made = await running(provider, 'a');
      await at.breakConnection();
      const one = record('a', at.spec, made);
      const seen = await readOne(open(), one);
      expect(seen.status).toBe('running');
      expect(at.engineId(seen.attributes)).toEqual(at.engineId(made.attributes));
      await running(provider, 'b', at.another ?? at.spec);
      expectClean(await readOne(provider, one), one);
      await at.breakConnection();
      await provider.stop(target('a', at.spec, made), context);
      expect((await readOne(open(), one)).status).toBe('stopped');
    });

    it('ends soon when it is told to', async () => {
      const aborted: CallContext = { signal: AbortSignal.abort(new Error('enough')), progress: () => undefined };
      const provider = open();
      if (at.stateless === true) return;
      await expect(provider.start(target('a', at.spec), aborted)).rejects.toThrow('enough');
    });
  });
}
