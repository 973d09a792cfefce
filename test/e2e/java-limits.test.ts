import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { needs } from '../engines/engines.ts';
import { canHold } from '../os/test-cgroups.ts';
import { jdks } from '../support/java-hosts.ts';
import { APPLY, JavaLab, type LabApp, type LabProject } from '../support/java-lab.ts';
import { alive, until } from '../support/pj.ts';

const kernel = detectCgroups();
/** Rounds with and without the spinning neighbour, and how long each is measured. ms. */
const ROUNDS = 6;
const MEASURED = 700;

/** The file of 16 bytes that an iso.Load maps: how many turns it has done, and whether it may. */
class Gauge {
  private readonly file: number;

  constructor(path: string) {
    writeFileSync(path, Buffer.alloc(16));
    this.file = openSync(path, 'r+');
  }

  turns(): number {
    const bytes = Buffer.alloc(8);
    readSync(this.file, bytes, 0, 8, 0);
    return Number(bytes.readBigInt64BE());
  }

  let(go: boolean): void {
    writeSync(this.file, Buffer.from([go ? 1 : 0]), 0, 1, 8);
  }

  close(): void {
    closeSync(this.file);
  }
}

describe.skipIf(!canHold(kernel, 'cpu', 'pids'))('limits of applications in a shared JVM', () => {
  needs('java')('held by the kernel', ({ java: have }) => {
    const lab = new JavaLab(have.home);
    let project: LabProject | undefined;
    beforeAll(() => lab.compile());
    afterAll(() => lab.clear());
    afterEach(async () => {
      await project?.scratch.cleanUp();
      project = undefined;
    });

    const load = (threads: number, gauge: string, cpu: number): LabApp => ({
      java: { mainClass: 'iso.Load', args: ['spin', String(threads), gauge] },
      resources: { cpu },
    });
    const staying = (resources?: object): LabApp => ({
      java: { mainClass: 'iso.Load', args: ['threads', '30'] },
      ...(resources === undefined ? {} : { resources }),
    });

    const open = (home: string): LabProject => {
      project = lab.open(home);
      return project;
    };

    describe.each(jdks())('on Java $feature', ({ home }) => {
      // By turns with and without: what else this machine does hits both alike. A quota is no guarantee, so pj's groups go before all else meanwhile.
      it('three spinning threads keep to 0.3 core, and their neighbour works as if it were alone', {
        retry: 2,
      }, async () => {
        const at = open(home);
        const spinner = new Gauge(at.path('spinner'));
        const worker = new Gauge(at.path('worker'));
        const restore = favour();
        try {
          await at.apply({
            spinner: load(3, at.path('spinner'), 0.3),
            worker: load(1, at.path('worker'), 0.4),
          });
          worker.let(true);
          await sleep(1_500);
          const alone: number[] = [];
          const together: number[] = [];
          let [used, elapsed] = [0, 0];
          for (let i = 0; i < ROUNDS; i++) {
            spinner.let(false);
            await sleep(200);
            alone.push(await rate(worker));
            spinner.let(true);
            await sleep(200);
            const [cpu, start] = [cpuSeconds(at, 'spinner'), performance.now()];
            together.push(await rate(worker));
            used += cpuSeconds(at, 'spinner') - cpu;
            elapsed += (performance.now() - start) / 1_000;
          }
          expect(elapsed).toBeGreaterThan(4);
          expect(used / elapsed).toBeGreaterThan(0.27);
          expect(used / elapsed).toBeLessThan(0.33);
          expect(median(together) / median(alone)).toBeGreaterThan(0.9);
          expect(spinner.turns()).toBeGreaterThan(0);
        } finally {
          restore();
          spinner.close();
          worker.close();
        }
        await at.end();
      });

      it('a thread too many is refused to one application and not to its neighbour', async () => {
        const at = open(home);
        await at.apply({ small: staying({ maxThreads: 10 }), neighbour: staying() });
        expect((await at.app('small')).held.maxThreads).toBe(10);
        // Its main is one of the ten.
        expect(await at.logWith('small', 'made ')).toContain('made 9, refused OutOfMemoryError');
        expect(await at.logWith('neighbour', 'made ')).toContain('made 30, refused none');
        expect(readFileSync(join(groupOf(at, 'small', 'pids.max'), 'pids.current'), 'utf8').trim()).toBe('10');
        expect((await at.scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
        // A shutdown hook is a thread within the limits too; one that is at its limit has its hook run all the same.
        await at.scratch.ok(['stop', 'neighbour', 'small']);
        expect(await at.log('neighbour')).toMatch(/hook in .*\/app-neighbour@1\b/);
        expect(await at.log('small')).toContain('hook in ');
        await at.end();
      });
    });

    it.each(jdks())(
      'threads of the JDK that all share are in the group of nobody, on Java $feature',
      async ({ home }) => {
        const at = open(home);
        const shared: LabApp = { java: { mainClass: 'iso.Load', args: ['shared'] }, resources: { cpu: 0.5 } };
        await at.apply({ app: shared, neighbour: {} });
        await at.logWith('app', 'all caused');
        const group = groupOf(at, 'app', 'pids.max');
        const own = () =>
          readFileSync(join(group, kernel.version === 'v2' ? 'cgroup.threads' : 'tasks'), 'utf8')
            .trim()
            .split('\n')
            .map((thread) => readFileSync(`/proc/${thread}/comm`, 'utf8').trim());
        await until('only its own thread to be left', () => {
          try {
            return own().join() === 'main';
          } catch {
            return false; // one has ended meanwhile
          }
        });
        // With its group goes all of it, though those threads live.
        at.scratch.write({ 'app.yaml': '' });
        await at.scratch.ok(APPLY);
        expect(existsSync(group)).toBe(false);
        await at.end();
      },
    );

    it('processes that an application has started end with it, and only those', async () => {
      const at = open(have.home);
      const app = (id: string): LabApp => ({ java: { args: ['child', at.path(`go-${id}`)] } });
      const stop = { stop: { gracePeriod: '2s' } };
      await at.apply({ stopped: { ...app('stopped'), ...stop }, ended: app('ended'), neighbour: app('neighbour') });
      const children = async (id: string): Promise<number[]> =>
        (/processes (\d+) (\d+)/.exec(await at.logWith(id, 'processes')) ?? []).slice(1).map(Number);
      const all = { stopped: await children('stopped'), ended: await children('ended') };
      const neighbours = await children('neighbour');
      expect([...all.stopped, ...all.ended, ...neighbours].map(alive)).toEqual(Array<boolean>(6).fill(true));
      await at.scratch.ok(['stop', 'stopped']);
      expect(all.stopped.map(alive)).toEqual([false, false]);
      expect(await at.log('stopped')).toMatch(/pj: processes that it had started were ended with it: .*\bsleep \(/);
      writeFileSync(at.path('go-ended'), '');
      await until('its processes to end', () => !all.ended.some(alive));
      expect(neighbours.map(alive)).toEqual([true, true]);
      await at.end();
      expect(neighbours.map(alive)).toEqual([false, false]);
    });

    it('changed limits are taken up while it runs, and read back from the kernel', async () => {
      const at = open(have.home);
      await at.apply({ app: staying({ cpu: 0.3, maxThreads: 100 }), neighbour: staying() });
      const before = await at.starts();
      at.describe({ app: staying({ cpu: 0.5, maxThreads: 60 }) });
      const plan = await at.scratch.ok(['plan', '--detailed-exitcode'], {}, 2);
      expect(plan.stdout).toMatch(/^Plan: 0 to add, 1 to change, 0 to destroy/m);
      expect(plan.stdout).not.toMatch(/restart/i);
      await at.scratch.ok(APPLY);
      expect(quota(at, 'app')).toBe(0.5);
      expect(readFileSync(join(groupOf(at, 'app', 'pids.max'), 'pids.max'), 'utf8').trim()).toBe('60');
      expect(await at.starts()).toEqual(before);
      // And lifted.
      at.describe({ app: staying() });
      await at.scratch.ok(APPLY);
      expect(quota(at, 'app')).toBeUndefined();
      expect(await at.starts()).toEqual(before);
      expect((await at.scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await at.end();
    });

    it('a limit that somebody changes in the kernel is drift, and put right while it runs', async () => {
      const at = open(have.home);
      await at.apply({ app: staying({ cpu: 0.3, maxThreads: 100 }), neighbour: staying({ cpu: 0.3 }) });
      const before = await at.starts();
      const quotaFile = kernel.version === 'v2' ? 'cpu.max' : 'cpu.cfs_quota_us';
      for (const [file, value, key] of [
        [quotaFile, kernel.version === 'v2' ? '90000 100000' : '90000', 'cpu'],
        ['pids.max', 'max', 'maxThreads'],
      ] as const) {
        writeFileSync(join(groupOf(at, 'app', file), file), value);
        const drift = await at.scratch.ok(['drift'], {}, 2);
        expect(drift.stdout).toMatch(/\bapp\b/);
        expect(drift.stdout).toContain(key);
        expect(drift.stdout).not.toContain('neighbour');
        await at.scratch.ok(APPLY);
        expect(await at.app('app')).toMatchObject({ held: { cpu: 0.3, maxThreads: 100 } });
      }
      expect(quota(at, 'app')).toBe(0.3);
      expect(await at.starts()).toEqual(before);
      expect((await at.scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await at.end();
    });
  });
});

/** Turns in a second. */
async function rate(gauge: Gauge): Promise<number> {
  const [before, start] = [gauge.turns(), performance.now()];
  await sleep(MEASURED);
  return ((gauge.turns() - before) * 1_000) / (performance.now() - start);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
}

/** The folder of an application's group that has this file. */
function groupOf(at: LabProject, id: string, file: string): string {
  for (const group of at.scratch.cgroups()) {
    const names = readdirSync(group, { recursive: true, encoding: 'utf8' });
    const found = names.find((name) => name.endsWith(`/app-${id}@1/${file}`));
    if (found !== undefined) return join(group, found, '..');
  }
  throw new Error(`no group of ${id} has ${file}`);
}

/** Cores that the kernel gives it at most. */
function quota(at: LabProject, id: string): number | undefined {
  const read = (file: string): string[] =>
    readFileSync(join(groupOf(at, id, file), file), 'utf8')
      .trim()
      .split(' ');
  const [most = '', period = ''] =
    kernel.version === 'v2' ? read('cpu.max') : [...read('cpu.cfs_quota_us'), ...read('cpu.cfs_period_us')];
  return most === 'max' || most === '-1' ? undefined : Number(most) / Number(period);
}

/** CPU time that the kernel has counted for its threads: a v2 group counts also where v1 has the limits. */
function cpuSeconds(at: LabProject, id: string): number {
  if (kernel.unified === undefined)
    return Number(readFileSync(join(groupOf(at, id, 'cpuacct.usage'), 'cpuacct.usage'), 'utf8')) / 1e9;
  const text = readFileSync(join(groupOf(at, id, 'cgroup.threads'), 'cpu.stat'), 'utf8');
  return Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e6;
}

/** Puts the group of all that pj runs before what else this machine does; returns what takes it back. */
function favour(): () => void {
  const [base, name, most] =
    kernel.version === 'v2' ? [kernel.unified, 'cpu.weight', '10000'] : [kernel.v1.cpu, 'cpu.shares', '200000'];
  const file = join(base ?? '', 'pj', name);
  const before = readFileSync(file, 'utf8').trim();
  writeFileSync(file, most);
  // Another run of these tests may be at it.
  const usual = name === 'cpu.weight' ? '100' : '1024';
  return () => writeFileSync(file, before === most ? usual : before);
}
