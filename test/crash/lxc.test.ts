import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { type LxcGround, lxcGround } from '../providers/container/lxc/ground.ts';
import { Scratch } from '../support/pj.ts';

/** More points than any run here has; a run that ends by itself before its point has shown that there are no more. */
const MOST = 300;
const KILLS = Number(process.env['PJ_CRASH_CONTAINER_KILLS'] ?? 40);

/** A container that depends on another, both on a network of their own, one with a volume. */
const project = (name: string, image: string) => ({
  'pj.yaml': `name: ${name}\n`,
  'all.yaml': `applicationId: db
container: { runtime: lxc, image: ${image}, command: [sleep, "100000"], networks: [back], volumes: ["data:/data"] }
restart: { policy: "no" }
stop: { signal: SIGKILL }
---
applicationId: app
dependencies: [db]
container: { runtime: lxc, image: ${image}, command: [sleep, "100000"], networks: [back], volumes: [/scratch] }
restart: { policy: "no" }
stop: { signal: SIGKILL }
`,
});

needs('lxc')('killed over containers, networks and volumes of LXC', ({ lxc }) => {
  let pj: Scratch | undefined;
  let ground: LxcGround | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    await ground?.clear();
  });
  const open = () => {
    const there = lxcGround(lxc);
    const name = `crash-${randomBytes(3).toString('hex')}`;
    const scratch = new Scratch(project(name, lxc.rootfs));
    scratch.env = { ...scratch.env, ...there.env, DOCKER_HOST: 'unix:///nowhere', CONTAINER_HOST: 'unix:///nowhere' };
    [pj, ground] = [scratch, there];
    return { scratch, there, name };
  };

  it('at points of apply and of destroy: the next run converges, and nothing is lost, orphaned or doubled', async () => {
    const { scratch, there, name } = open();
    const step = Math.max(1, Math.floor(MOST / KILLS / 2));
    for (let point = 1, over = false; point < MOST && !over; point += step) {
      const killed = await scratch.pj(['apply', '--auto-approve'], { PJ_CRASH_AT: String(point) });
      over = killed.signal === null;
      await scratch.ok(['apply', '--auto-approve', '--lock-timeout=20s']);
      const plan = await scratch.ok(['plan', '--detailed-exitcode']);
      expect([point, plan.stdout.includes('Orphans')]).toEqual([point, false]);
      expect(readdirSync(there.path).sort()).toEqual([`${name}-app`, `${name}-db`]);
      await scratch.pj(['destroy', '--auto-approve'], { PJ_CRASH_AT: String(point) });
      await scratch.ok(['destroy', '--auto-approve', '--lock-timeout=20s']);
      expect([point, ...there.leftovers().filter((one) => one !== `${name}_data`)]).toEqual([point]);
    }
  }, 600_000);
});
