import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EnforcedResource } from '../../src/model/spec.ts';
import { expectHeld, favour } from '../support/cpu.ts';
import {
  coresOf,
  cpuGroup,
  cpuSeconds,
  diskFiller,
  forkBomb,
  hogs,
  memoryHog,
  memoryHolder,
  spinner,
  tag,
} from '../support/hogs.ts';
import { alive, Scratch, until } from '../support/pj.ts';
import { actionDone, auditOf, event, eventsOf, figure, keptOf, quotaActions } from '../support/quotas.ts';

/** What it is that breaks a quota, beside the spinner that is throttled. */
type Hog = 'memory hog' | 'memory holder' | 'fork bomb' | 'disk filler' | 'spinner';

/** One kind on which quotas are broken. */
export interface Lab {
  name: string;
  /** What runs a script of sh, as the lines of a descriptor. */
  program(script: string): string;
  env: Record<string, string>;
  /** Processes beside the program's own. */
  beside: number;
  /** Where a file makes the spinner calm, and how it is put there. */
  calm: { path: string; put(scratch: Scratch, id: string): Promise<unknown> };
  /** Who is told of, stopped, killed. */
  hogs: Record<'NOTIFY' | 'SHUTDOWN' | 'KILL', Hog>;
  /** It is started again where nobody says otherwise. @default true */
  restarts?: boolean;
  /** A folder for a disk filler: the path in it, and the lines of a volume there. */
  disk?: { path: string; volumes: string };
  /** After the project is gone. */
  clean?(lineage: string | undefined): Promise<void>;
}

const APPLY = ['apply', '--auto-approve'];
const LONG = 180_000;

/** The tests of one kind: all hogs in one project, each with an action of its own, and what is left of it in the end. */
export function breaksQuotas(lab: Lab): void {
  const names = { spin: tag(), told: tag(), back: tag(), front: tag(), hog: tag() };
  let scratch: Scratch;
  let stop: () => void;

  /** `enforced`: else the same without any rule, and without what breaks a quota. */
  const describeAll = (enforced: boolean): Record<string, string> => {
    const document = (id: string, script: string, more: string): string =>
      `---\napplicationId: ${id}\n${lab.program(script)}\nstop: { gracePeriod: 1s }\n${more}\n`;
    const hogged = (id: 'told' | 'back' | 'hog', action: keyof Lab['hogs'], more: string): string => {
      const hog = hogOf(lab, lab.hogs[action], names[id]);
      const enforcement = `, enforcement: { ${hog.resource}: ${action}, gracePeriod: 2 }`;
      const script = enforced ? hog.script : `: ${names[id]}; sleep 100000; :`;
      const lines = `resources: { ${hog.quota}${enforced ? enforcement : ''} }\n${hog.more}\n${more}`;
      return document(id, script, lines);
    };
    const throttled = `resources: { cpu: 0.2${enforced ? ', enforcement: { cpu: THROTTLE, gracePeriod: 2 }' : ''} }`;
    const never = 'restart: { policy: "no" }';
    const always = lab.restarts === false ? never : 'restart: { policy: always, delay: 100ms }';
    return {
      'all.yaml': [
        document('spin', spinner(names.spin, lab.calm.path), `${throttled}\n${never}`),
        hogged('told', 'NOTIFY', never),
        // It would come back at once, if whoever sees to that had not been told.
        hogged('back', 'SHUTDOWN', always),
        document('front', `: ${names.front}; sleep 100000; :`, `dependencies: [back]\n${never}`),
        hogged('hog', 'KILL', always),
      ].join(''),
    };
  };
  /** Written a moment after the event. */
  const audited = (operation: string) => until(operation, () => auditOf(scratch).includes(operation));
  const status = async (id: string): Promise<{ state: string; [key: string]: unknown }> =>
    JSON.parse((await scratch.ok(['status', id, '--json'])).stdout).workloads?.[0];
  /** Ended by the agent, and nobody has brought it back meanwhile. */
  const isLeft = async (): Promise<void> => {
    expect([...hogs(names.back), ...hogs(names.front), ...hogs(names.hog)]).toEqual([]);
    expect([(await status('hog')).state, (await status('back')).state]).toEqual(['FAILED', 'STOPPED']);
  };

  beforeAll(async () => {
    scratch = new Scratch({
      'pj.yaml': `name: enf-${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.2 } }\n`,
      ...describeAll(true),
    });
    scratch.env = { ...scratch.env, ...lab.env };
    // Other tests take it back while this one goes on.
    const timer = setInterval(favour, 500);
    stop = () => {
      clearInterval(timer);
      favour()();
    };
    await scratch.ok(APPLY);
  }, LONG);
  afterAll(async () => {
    stop?.();
    const lineage = scratch?.lineage();
    await scratch?.cleanUp();
    await lab.clean?.(lineage);
  }, LONG);

  it(`KILL: a ${lab.hogs.KILL} is ended at once and left FAILED with the reason`, { timeout: LONG }, async () => {
    const { resource } = hogOf(lab, lab.hogs.KILL, '');
    const done = await actionDone(scratch, 'hog');
    expect(done).toMatchObject({ severity: 'error', data: { resource, action: 'KILL', ok: true } });
    figure(lab.name, 'KILL', lab.hogs.KILL, done.message);
    const { state, lastError } = await status('hog');
    expect(state).toBe('FAILED');
    expect(lastError).toMatch(/the agent killed it: quota enforcement \(KILL\): \w+: /);
    expect(hogs(names.hog)).toEqual([]);
    await audited(`enforce KILL hog ${resource}`);
  });

  it(`SHUTDOWN: who depends on a ${lab.hogs.SHUTDOWN} is stopped before it; status, events and plan say by whom`, {
    timeout: LONG,
  }, async () => {
    const { resource } = hogOf(lab, lab.hogs.SHUTDOWN, '');
    const done = await actionDone(scratch, 'back');
    expect(done.data).toMatchObject({ resource, action: 'SHUTDOWN', ok: true, also: ['front'] });
    figure(lab.name, 'SHUTDOWN', lab.hogs.SHUTDOWN, done.message);
    const stopped = eventsOf(scratch, 'step_complete')
      .filter(({ data, workload }) => data?.['action'] === 'stop' && workload !== 'hog')
      .map(({ workload }) => workload);
    expect(stopped).toEqual(['front', 'back']);
    expect(hogs(names.back)).toEqual([]);
    for (const id of ['front', 'back']) {
      const { state, imperative } = await status(id);
      expect(state).toBe('STOPPED');
      expect(JSON.stringify(imperative)).toContain(`the agent (quota enforcement (SHUTDOWN): ${resource}: `);
    }
    const { stdout } = await scratch.ok(['plan', '--detailed-exitcode'], {}, 2);
    expect(stdout).toMatch(/back[\s\S]*the agent \(quota enforcement \(SHUTDOWN\)/);
    await audited(`enforce SHUTDOWN back ${resource}`);
  });

  it(`NOTIFY: a ${lab.hogs.NOTIFY} is told of, and nothing else is done`, { timeout: LONG }, async () => {
    const { resource } = hogOf(lab, lab.hogs.NOTIFY, '');
    const told = await actionDone(scratch, 'told');
    expect(told).toMatchObject({ severity: 'warning', data: { resource, action: 'NOTIFY', ok: true } });
    figure(lab.name, 'NOTIFY', lab.hogs.NOTIFY, told.message);
    expect(hogs(names.told).length).toBeGreaterThan(0);
    await audited(`enforce NOTIFY told ${resource}`);
  });

  it('THROTTLE: a spinner gets half of its quota, which no plan sees', { timeout: LONG }, async () => {
    const set = await event(scratch, 'throttle_set');
    expect(set).toMatchObject({ workload: 'spin' });
    expect(set.data?.['to']).toBeCloseTo(0.1, 2);
    expect(coresOf(cpuGroup(names.spin))).toBeCloseTo(0.1, 5);
    const cores = await expectHeld(0.1, () => cpuSeconds(names.spin));
    figure(lab.name, 'THROTTLE', 'spinner', `${cores.toFixed(4)} cores of 0.1`);
    const { stdout } = await scratch.ok(['plan', '--target', 'spin', '--detailed-exitcode']);
    expect(stdout).toContain('No changes.');
    await audited('enforce THROTTLE spin cpu');
  });

  it('the next agent goes on where a killed one was: throttles, what was told, what was ended', {
    timeout: LONG,
  }, async () => {
    const [pid] = scratch.agents();
    const [spinning] = hogs(names.spin);
    const group = cpuGroup(names.spin);
    const before = quotaActions(scratch);
    process.kill(pid ?? 0, 'SIGKILL');
    await until('the end of the agent', () => !alive(pid ?? 0));
    const kept = JSON.stringify(keptOf(scratch, 'told'));
    expect(kept).toContain('"notified":true');
    await scratch.ok(['agent', 'start']);
    expect((await event(scratch, 'throttle_resumed')).workload).toBe('spin');
    expect(coresOf(group)).toBeCloseTo(0.1, 5);
    expect(hogs(names.spin)).toContain(spinning);
    await lab.calm.put(scratch, 'spin');
    const released = await event(scratch, 'throttle_released');
    expect(released.workload).toBe('spin');
    expect(coresOf(group)).toBeCloseTo(0.2, 5);
    // By then it has taken many samples of the others.
    expect(quotaActions(scratch)).toEqual(before);
    await audited('enforce release spin cpu');
    await isLeft();
  });

  it('the next apply brings back what was stopped and killed', { timeout: LONG }, async () => {
    scratch.write(describeAll(false));
    await scratch.ok(APPLY);
    for (const name of Object.values(names)) expect(hogs(name).length).toBeGreaterThan(0);
    await scratch.ok(['plan', '--detailed-exitcode']);
    const { state, lastError, imperative } = await status('hog');
    expect([state, lastError, imperative]).toEqual(['RUNNING', undefined, undefined]);
  });
}

interface Made {
  resource: EnforcedResource;
  quota: string;
  script: string;
  more: string;
}

function hogOf({ beside, disk, calm }: Lab, hog: Hog, name: string): Made {
  switch (hog) {
    case 'memory hog':
      return { resource: 'memory', quota: 'memory: 24MiB', script: memoryHog(name, 24), more: '' };
    case 'memory holder':
      return { resource: 'memory', quota: 'memory: 40MiB', script: memoryHolder(name, 40), more: '' };
    case 'fork bomb':
      return { resource: 'threads', quota: 'maxProcesses: 12', script: forkBomb(name, 12 - beside), more: '' };
    case 'disk filler': {
      const { path = '', volumes = '' } = disk ?? {};
      return { resource: 'disk', quota: 'disk: 20MiB', script: diskFiller(name, path, 30), more: volumes };
    }
    case 'spinner':
      return { resource: 'cpu', quota: 'cpu: 0.15', script: spinner(name, `${calm.path}-never`), more: '' };
  }
}
