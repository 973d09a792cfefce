import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { held, killFirstProcess, removeHeld } from '../support/containers.ts';
import { Scratch, until } from '../support/pj.ts';
import { auditOf, eventsOf } from '../support/quotas.ts';

const LONG = 120_000;
const CHECK =
  '{ type: exec, command: [/bin/sh, -c, "test ! -e /sick"], interval: 300ms, timeout: 5s, retries: 2, startPeriod: 20s }';

const scratchOf = (document: string, env: Record<string, string>): Scratch => {
  const scratch = new Scratch({
    'pj.yaml': `name: hc-${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.3 } }\n`,
    'web.yaml': document,
  });
  scratch.env = { ...scratch.env, ...env };
  return scratch;
};
const event = (scratch: Scratch, type: Parameters<typeof eventsOf>[1], is = '') =>
  until(`${type} ${is}`, () => eventsOf(scratch, type).find(({ message }) => message.includes(is)), 60_000);

for (const runtime of ['docker', 'podman'] as const)
  needs(runtime, 'registry')(`health of containers on ${runtime}`, (have) => {
    const { socket } = have[runtime];
    const clean: (() => Promise<unknown>)[] = [];
    afterEach(async () => {
      for (const one of clean.splice(0).reverse()) await one();
    });
    const project = (more: string): Scratch => {
      const scratch = scratchOf(
        `applicationId: web
container:
  runtime: ${runtime}
  image: ${have.registry.images.busybox}
  command: [/bin/sh, -c, "rm -f /sick; sleep 100000 & wait"]
stop: { signal: SIGKILL }
${more}`,
        {
          DOCKER_HOST: runtime === 'docker' ? `unix://${socket}` : 'unix:///nowhere/docker.sock',
          CONTAINER_HOST: runtime === 'podman' ? `unix://${socket}` : 'unix:///nowhere/podman.sock',
        },
      );
      clean.push(async () => {
        const lineage = scratch.lineage();
        await scratch.cleanUp();
        await removeHeld(socket, lineage);
      });
      return scratch;
    };
    const container = async (scratch: Scratch) =>
      (await held(socket, scratch.lineage() ?? '')).containers.find(({ workload }) => workload === 'web');

    it('an exec check that fails: restarted by its policy, the very container', { timeout: LONG }, async () => {
      const scratch = project(`restart: { policy: on-failure, delay: 200ms }\nhealthCheck: ${CHECK}\n`);
      await scratch.ok(['apply', '--auto-approve']);
      const before = await container(scratch);
      await scratch.ok(['exec', 'web', '--', '/bin/touch', '/sick']);
      await event(scratch, 'health_changed', 'unhealthy');
      await event(scratch, 'workload_restarted', 'attempt 1');
      await event(scratch, 'health_changed', 'it is healthy');
      expect(await container(scratch)).toMatchObject({ id: before?.id, state: 'running' });
      expect(auditOf(scratch).filter((one) => one.startsWith('agent: restart web'))).toHaveLength(1);
      await scratch.ok(['plan', '--detailed-exitcode']);
    });

    it('killed: its engine starts it again, which is told and not meddled with', { timeout: LONG }, async () => {
      const scratch = project('monitoring: { enabled: true }\nrestart: { policy: always }\n');
      await scratch.ok(['apply', '--auto-approve']);
      const before = await container(scratch);
      // The agent has to know how often it was restarted before.
      await until('a first look', () => /"restarts":0/.test(scratch.read('.pj/agent/awake.json')), 60_000);
      await killFirstProcess(socket, before?.id ?? '');
      await event(scratch, 'workload_restarted');
      expect(await container(scratch)).toMatchObject({ id: before?.id, state: 'running' });
      expect(auditOf(scratch).filter((one) => one.startsWith('agent:'))).toEqual([]);
    });
  });

needs('lxc')('health of containers on LXC', ({ lxc }) => {
  const ground = lxcGround(lxc);
  let scratch: Scratch | undefined;
  afterEach(async () => {
    await scratch?.cleanUp();
    await ground.clear();
  });

  it('killed, it is started again by the agent; unhealthy, it is restarted', { timeout: LONG }, async () => {
    const pj = scratchOf(
      `applicationId: web
kind: container
container: { runtime: lxc, image: "${lxc.rootfs}", command: [/bin/sh, -c, "rm -f /sick; sleep 100000 & wait"], networkMode: none }
restart: { policy: always, delay: 200ms }
stop: { gracePeriod: 1s }
healthCheck: ${CHECK}
`,
      { ...ground.env, DOCKER_HOST: 'unix:///nowhere', CONTAINER_HOST: 'unix:///nowhere' },
    );
    scratch = pj;
    const applied = await pj.ok(['apply', '--auto-approve']);
    expect(applied.stderr).not.toContain('LXC starts nothing');
    // It cannot end its own first process but from within.
    await pj.pj(['exec', 'web', '--', '/bin/sh', '-c', 'kill -9 $(pidof sleep)']);
    await event(pj, 'workload_ended');
    await event(pj, 'workload_restarted', 'attempt 1');
    expect((await pj.ok(['exec', 'web', '--', '/bin/sh', '-c', 'echo up'])).stdout).toBe('up\n');
    await pj.ok(['exec', 'web', '--', '/bin/touch', '/sick']);
    await event(pj, 'health_changed', 'unhealthy');
    await until('the restart', () => auditOf(pj).some((one) => one.startsWith('agent: restart web')), 60_000);
    await until('it is well', async () => (await pj.pj(['plan', '--detailed-exitcode'])).code === 0, 60_000);
  });
});
