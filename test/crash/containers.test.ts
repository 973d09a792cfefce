import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { held, removeHeld } from '../support/containers.ts';
import { Scratch } from '../support/pj.ts';

/** More points than any run here has; a run that ends by itself before its point has shown that there are no more. */
const MOST = 300;
const KILLS = Number(process.env['PJ_CRASH_CONTAINER_KILLS'] ?? 40);

/** A container that depends on another, both on a network of their own, one with a volume and one with an anonymous one. */
const project = (name: string, image: string) => ({
  'pj.yaml': `name: ${name}\nvariables:\n  size: { type: number, default: 32 }\n`,
  'all.yaml': `applicationId: db
container:
  runtime: docker
  image: ${image}
  command: [sleep, "100000"]
  networks: [back]
  volumes: ["data:/data"]
resources: { memory: "\${var.size}MiB" }
stop: { signal: SIGKILL }
---
applicationId: app
dependencies: [db]
container:
  runtime: docker
  image: ${image}
  command: [sleep, "100000"]
  networks: [{ name: back, aliases: [web] }]
  volumes: [/scratch]
stop: { signal: SIGKILL }
`,
});

needs('docker', 'registry')('killed over containers, networks and volumes', ({ docker, registry }) => {
  const { socket } = docker;
  let pj: Scratch | undefined;
  afterEach(async () => {
    const lineage = pj?.lineage();
    await pj?.cleanUp();
    await removeHeld(socket, lineage);
    pj = undefined;
  });
  const open = (): Scratch => {
    const scratch = new Scratch(project(`crash-${randomBytes(4).toString('hex')}`, registry.images.busybox));
    scratch.env = { ...scratch.env, DOCKER_HOST: `unix://${socket}` };
    pj = scratch;
    return scratch;
  };

  /** Throws unless the next apply converges and the engine then holds just what it should: nothing lost, orphaned or doubled. */
  const converges = async (scratch: Scratch, context: string): Promise<void> => {
    const applied = await scratch.pj(['apply', '--auto-approve', '--lock-timeout=20s']);
    if (applied.code !== 0)
      throw new Error(`${context}: the next apply exited ${applied.code}\n${applied.stdout}\n${applied.stderr}`);
    const plan = await scratch.pj(['plan', '--detailed-exitcode']);
    if (plan.code !== 0 || plan.stdout.includes('Orphans'))
      throw new Error(`${context}: the plan after that exited ${plan.code}\n${plan.stdout}\n${plan.stderr}`);
    const { containers, networks, volumes } = await held(socket, scratch.lineage() ?? '');
    const running = containers.map(({ workload, state }) => `${workload} ${state}`).sort();
    expect([context, running]).toEqual([context, ['app running', 'db running']]);
    expect([context, networks.length, volumes.length]).toEqual([context, 1, 1]);
  };

  /** Throws unless the next destroy leaves nothing but the persistent volume. */
  const leavesNothing = async (scratch: Scratch, context: string): Promise<void> => {
    const gone = await scratch.pj(['destroy', '--auto-approve', '--lock-timeout=20s']);
    if (gone.code !== 0)
      throw new Error(`${context}: the next destroy exited ${gone.code}\n${gone.stdout}\n${gone.stderr}`);
    const { containers, networks, volumes } = await held(socket, scratch.lineage() ?? '');
    expect([context, containers, networks, volumes.length <= 1]).toEqual([context, [], [], true]);
    const state = JSON.parse(scratch.read('.pj/state.json')) as { workloads?: object };
    expect([context, Object.keys(state.workloads ?? {})]).toEqual([context, []]);
  };

  it('before and after every journal append and every engine call of an apply', async () => {
    const scratch = open();
    let kills = 0;
    for (let n = 1; n <= MOST; n++) {
      const ran = await scratch.pj(['apply', '--auto-approve', '--lock-timeout=20s'], { PJ_CRASH_AT: String(n) });
      if (ran.signal !== 'SIGKILL') break;
      kills++;
      await converges(scratch, `apply killed at point ${n}`);
      await leavesNothing(scratch, `after apply killed at point ${n}`);
    }
    console.log(`apply over containers was killed at ${kills} points: 0 orphans, 0 duplicates`);
    expect(kills).toBeGreaterThan(20);
    expect(kills).toBeLessThan(MOST);
  });

  it('before and after every journal append and every engine call of a destroy', async () => {
    const scratch = open();
    let kills = 0;
    for (let n = 1; n <= MOST; n++) {
      await scratch.ok(['apply', '--auto-approve', '--lock-timeout=20s']);
      const ran = await scratch.pj(['destroy', '--auto-approve', '--lock-timeout=20s'], { PJ_CRASH_AT: String(n) });
      if (ran.signal !== 'SIGKILL') break;
      kills++;
      await leavesNothing(scratch, `destroy killed at point ${n}`);
    }
    console.log(`destroy over containers was killed at ${kills} points: 0 orphans`);
    expect(kills).toBeGreaterThan(20);
    expect(kills).toBeLessThan(MOST);
  });

  it(`at ${KILLS} random instants of apply, replace and destroy`, async () => {
    const scratch = open();
    const lengthOf = async (args: string[], env: Record<string, string>): Promise<number> => {
      const begun = performance.now();
      await scratch.ok(args, env);
      return performance.now() - begun;
    };
    const commands = [
      { args: ['apply', '--auto-approve', '--lock-timeout=20s'], env: {} },
      { args: ['apply', '--auto-approve', '--lock-timeout=20s', '--replace', 'db'], env: { PJ_VAR_size: '48' } },
      { args: ['destroy', '--auto-approve', '--lock-timeout=20s'], env: {} },
    ];
    const lengths: number[] = [];
    for (const { args, env } of commands) lengths.push(await lengthOf(args, env));
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
      if (args[0] === 'destroy') await leavesNothing(scratch, context);
      else await converges(scratch, context);
    }
    console.log(
      `apply, replace and destroy over containers were killed at ${kills} random instants: 0 orphans, 0 duplicates`,
    );
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  });
});
