import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { uuidOf } from '../../src/providers/vm/machine.ts';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { Scratch, until } from '../support/pj.ts';
import {
  APPLY,
  contentOf,
  converges,
  DESTROY,
  DESTROY_ALL,
  disksOf,
  type Engine,
  furnish,
  LARGER,
  leavesNothing,
  mark,
  project,
  STRANGER,
  stillMarked,
  strangersOf,
} from './vms.ts';

/** More points than any run here has; a run that ends by itself before its point has shown that there are no more. */
const MOST = 400;
/** How many points of each command are tried, spread evenly from a random one on; `all` tries each. */
const POINTS = process.env['PJ_CRASH_VM_POINTS'] ?? '2';
const KILLS = Number(process.env['PJ_CRASH_VM_KILLS'] ?? 3);
/** About as many points as an apply of the project has, and how many times those of an update. */
const USUAL = 50;
const OF_UPDATE = POINTS === 'all' ? 1 : 3;

/** Generations that an instance may come to. */
const MANY = Array.from({ length: 100 }, (_, i) => i + 1);

/** Below those that the kernel gives out. */
const somePort = (): number => 20_000 + Math.floor(Math.random() * 10_000);
const nameOfProject = (): string => `crash-${randomBytes(4).toString('hex')}`;

/** The points to be killed at. */
function* points(): Generator<number> {
  const step = POINTS === 'all' ? 1 : Math.max(1, USUAL / Number(POINTS));
  const first = POINTS === 'all' ? 1 : 1 + Math.random() * (step - 1);
  for (let point = first; point < MOST; point += step) yield Math.round(point);
}

/** The tests, for one engine. What `filtered` has a firewall, where there is such, and otherwise forwarded ports. */
function killed(title: string, open: (filtered: boolean) => Promise<{ scratch: Scratch; engine: Engine }>): void {
  it(`${title}: at points of apply, of a live update and of destroy`, async () => {
    const { scratch, engine } = await open(true);
    const kills = { apply: 0, update: 0, destroy: 0 };
    const at = async (args: string[], what: keyof typeof kills, point: number, env = {}): Promise<boolean> => {
      const ran = await scratch.pj(args, { ...env, PJ_CRASH_AT: String(point) });
      if (ran.signal === 'SIGKILL') kills[what]++;
      else if (ran.code !== 0) throw new Error(`${what} exited ${ran.code} before point ${point}\n${ran.stderr}`);
      return ran.signal === 'SIGKILL';
    };
    for (const point of points()) {
      const more = await at(APPLY, 'apply', point);
      await leavesNothing(scratch, engine, `no apply after one killed at point ${point}`, {});
      await at(APPLY, 'apply', point);
      await converges(scratch, engine, `apply killed at point ${point}`);
      const [disks, stranger] = [disksOf(scratch), contentOf(scratch, STRANGER)];
      await at(DESTROY, 'destroy', point);
      await leavesNothing(scratch, engine, `destroy killed at point ${point}`, { disks });
      await mark(scratch);
      await scratch.ok(APPLY);
      await at(APPLY, 'update', Math.ceil(point / OF_UPDATE), LARGER);
      await converges(scratch, engine, `live update killed at point ${point}`, LARGER);
      expect([point, disksOf(scratch), contentOf(scratch, STRANGER)]).toEqual([point, disks, stranger]);
      await stillMarked(scratch, `update killed at point ${point}`);
      await at(DESTROY_ALL, 'destroy', point);
      const rest = { disks: strangersOf(scratch), args: DESTROY_ALL };
      await leavesNothing(scratch, engine, `destroy with disks killed at point ${point}`, rest);
      if (!more) break;
    }
    console.log(`${title}: killed at ${JSON.stringify(kills)} points: 0 orphans, 0 lost disks`);
    expect(Math.min(...Object.values(kills))).toBeGreaterThan(0);
  });

  it(`${title}: at ${KILLS} random instants of apply, live update and destroy`, async () => {
    const { scratch, engine } = await open(false);
    // Disks stay, and do not shrink.
    scratch.env = { ...scratch.env, PJ_VAR_size: LARGER.PJ_VAR_size };
    const commands = [
      { args: APPLY, env: {} },
      { args: APPLY, env: LARGER },
      { args: DESTROY, env: {} },
    ];
    const lengths: number[] = [];
    for (const { args, env } of commands) {
      const begun = performance.now();
      await scratch.ok(args, env);
      lengths.push(performance.now() - begun);
    }
    await mark(scratch);
    const disks = disksOf(scratch);
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      if (round > KILLS * 3) throw new Error(`only ${kills} of ${round} runs could be killed in time`);
      const which = round % commands.length;
      const { args, env } = commands[which] ?? { args: [], env: {} };
      const run = scratch.start(args, env);
      const timer = setTimeout(() => run.kill('SIGKILL'), Math.random() * (lengths[which] ?? 0));
      const ran = await run.done;
      clearTimeout(timer);
      if (ran.signal === 'SIGKILL') kills++;
      const context = `${args.join(' ')} killed (kill ${kills})`;
      if (args === DESTROY) await leavesNothing(scratch, engine, context, { disks });
      else await converges(scratch, engine, context, env);
      expect([context, disksOf(scratch)]).toEqual([context, disks]);
    }
    await leavesNothing(scratch, engine, 'the last destroy', { disks });
    await stillMarked(scratch, 'the end');
    console.log(`${title}: killed at ${kills} random instants: 0 orphans, 0 lost disks`);
  });
}

needs('guest')('killed over machines of QEMU', () => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });
  const engine: Engine = {
    running: async (scratch) =>
      scratch
        .processes()
        .map(({ id }) => id)
        .filter((id) => id === 'db'),
    left: async ({ runtime }) =>
      readdirSync(runtime, { recursive: true, encoding: 'utf8' }).filter((name) => /vm-/.test(name)),
  };
  const open = async () => {
    const port = somePort();
    const vm = `  runtime: qemu
  ports: [{ hostIp: 127.0.0.1, host: ${port}, container: "\${var.port}" }]`;
    const scratch = new Scratch(project(nameOfProject(), vm));
    pj = scratch;
    await furnish(scratch);
    return { scratch, engine };
  };
  killed('machines of QEMU', open);

  it('machines of QEMU: the agent is killed', async () => {
    const { scratch } = await open();
    await scratch.ok(APPLY);
    const pid = () => scratch.processes().find(({ id }) => id === 'db')?.pid;
    const [before, disks] = [pid(), disksOf(scratch)];
    const end = async () => {
      for (const agent of scratch.agents()) process.kill(agent, 'SIGKILL');
      await until('the end of the agent', () => scratch.agents().length === 0);
    };
    await end();
    expect(pid()).toBe(before);
    await converges(scratch, engine, 'the agent killed');
    expect(pid()).toBe(before);
    await end();
    await leavesNothing(scratch, engine, 'the agent killed', { disks });
    const step = POINTS === 'all' ? 1 : 10;
    let kills = 0;
    for (let point = 1 + Math.floor(Math.random() * step); point < MOST; point += step) {
      await end();
      const died = `${scratch.runtime}/died-${point}`;
      await scratch.pj(APPLY, { PJ_AGENT_CRASH_AT: `${point}:${died}` });
      await converges(scratch, engine, `the agent killed at its point ${point} of an apply`);
      await scratch.pj(DESTROY, { PJ_AGENT_CRASH_AT: `${point}:${died}` });
      await leavesNothing(scratch, engine, `the agent killed at its point ${point}`, { disks });
      if (!readdirSync(scratch.runtime).includes(`died-${point}`)) break;
      kills++;
    }
    console.log(`machines of QEMU: the agent was killed at ${kills} points`);
    expect(kills).toBeGreaterThan(0);
  });
});

needs('libvirt')('killed over machines of libvirt', ({ libvirt }) => {
  const virsh = (...args: string[]): Promise<string> =>
    runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });
  let pj: { scratch: Scratch; name: string } | undefined;
  const domains = async (name: string, ...which: string[]): Promise<string[]> =>
    (await virsh('list', ...which, '--name')).split('\n').filter((one) => one.startsWith(`${name}-`));
  afterEach(async () => {
    if (pj === undefined) return;
    const { scratch, name } = pj;
    await scratch.cleanUp();
    for (const one of await domains(name, '--all')) {
      await virsh('destroy', one).catch(() => undefined);
      await virsh('undefine', one, '--nvram').catch(() => undefined);
    }
    pj = undefined;
  });
  killed('machines of libvirt', async (filtered) => {
    const name = nameOfProject();
    const address = libvirt.gateway.replace(/\d+$/, String(100 + Math.floor(Math.random() * 150)));
    const port = somePort();
    // A card with forwarded ports cannot be filtered.
    const more = filtered
      ? '  firewall: [{ action: accept, protocol: tcp, port: "${var.port}" }]'
      : `    - { ports: [{ hostIp: 127.0.0.1, host: ${port}, container: "\${var.port}" }] }`;
    const vm = `  runtime: libvirt
  uri: ${libvirt.uri}
  networks:
    - { name: ${libvirt.network}, address: ${address} }
${more}`;
    const scratch = new Scratch(project(name, vm));
    pj = { scratch, name };
    await furnish(scratch);
    const engine: Engine = {
      async running() {
        const process = (await runTool('ps', ['-eo', 'args'], '/', 30_000, {})).split('\n');
        const own = process.filter((line) => line.includes(`guest=${name}-`));
        expect(own.length).toBe(1);
        if (!filtered) {
          const forwarded = await virsh('qemu-monitor-command', `${name}-db`, '--hmp', 'info usernet');
          expect(forwarded).toMatch(new RegExp(`HOST_FORWARD.* 127\\.0\\.0\\.1 +${port} `));
        }
        return (await domains(name)).map((one) => one.slice(name.length + 1));
      },
      async left(pj) {
        const [all, ...lists] = await Promise.all([
          domains(name, '--all'),
          virsh('nwfilter-list'),
          virsh('secret-list'),
          virsh('net-dumpxml', libvirt.network),
        ]);
        const lineage = pj.lineage() ?? '';
        const own = [address, ...MANY.map((generation) => uuidOf({ project: name, lineage, id: 'db', generation }))];
        const lines = lists.flatMap((list) => list.split('\n'));
        return [...all, ...lines.filter((line) => own.some((one) => line.includes(one)))];
      },
    };
    return { scratch, engine };
  });
});
