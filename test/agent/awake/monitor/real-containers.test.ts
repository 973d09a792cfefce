import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../../../engines/engines.ts';
import { lxcGround } from '../../../providers/container/lxc/ground.ts';
import { removeHeld } from '../../../support/containers.ts';
import { Scratch } from '../../../support/pj.ts';
import { relayTo } from '../../../support/relay.ts';
import { sampleWith } from '../../../support/samples.ts';

const MIB = 1 << 20;
/** Processes that live for an instant: the group is never without one that just ends. */
const WRITER = 'while :; do dd if=/dev/zero of=/file bs=1M count=8 conv=fsync 2>/dev/null; sleep 0.05; done';
/** Asks for neighbours that are not there: what it sends nobody answers. */
const ASKER =
  'net=$(hostname -i | cut -d. -f1-3); while :; do for n in 241 242 243 244 245 246 247; do ping -c 1 -W 1 $net.$n & done; wait; done';
const QUOTAS = 'resources: { cpu: 0.5, memory: 64MiB, disk: 100MiB }\n';

const clean: (() => unknown)[] = [];
afterEach(async () => {
  for (const one of clean.splice(0)) await one();
});

function project(env: Record<string, string>, documents: string[]): Scratch {
  const pj = new Scratch({
    'pj.yaml': `name: sample-${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 0.3 } }\n`,
    'all.yaml': documents.join(''),
  });
  Object.assign(pj.env, env);
  clean.push(() => pj.cleanUp());
  return pj;
}

const container = (id: string, runtime: string, image: string, script: string, more = ''): string =>
  `---\napplicationId: ${id}\nkind: container\nmonitoring: { enabled: true }\nrestart: { policy: "no" }\nstop: { gracePeriod: 0s }\ncontainer: { runtime: ${runtime}, image: "${image}", command: [/bin/sh, -c, ${JSON.stringify(script)}] }\n${more}`;

for (const runtime of ['docker', 'podman'] as const)
  needs(runtime, 'registry')(`samples of containers on ${runtime}`, (have) => {
    const { socket } = have[runtime];
    const { busybox } = have.registry.images;
    const envOf = (url: string) => ({
      DOCKER_HOST: runtime === 'docker' ? url : 'unix:///nowhere/docker.sock',
      CONTAINER_HOST: runtime === 'podman' ? url : 'unix:///nowhere/podman.sock',
    });
    const written = ({ diskWritten = 0 }) => diskWritten > 8 * MIB;

    it('come from the kernel: all of it, though its processes come and go', async () => {
      const again = container('again', runtime, busybox, 'sleep 0.5; exit 3').replace('"no"', 'always');
      const pj = project(envOf(`unix://${socket}`), [
        container('writer', runtime, busybox, WRITER, QUOTAS),
        again,
        container(
          'idle',
          runtime,
          busybox,
          'sleep 100000',
          'volumes: [{ name: data, path: /data, type: persistent }]\n',
        ),
      ]);
      await pj.ok(['apply', '--auto-approve']);
      clean.push(() => removeHeld(socket, lineage));
      const lineage = pj.lineage();
      const whole = await sampleWith(
        pj,
        'writer',
        (one) =>
          written(one) && one.cpu !== undefined && (one.diskUsed ?? 0) >= 7 * MIB && one.networkReceived !== undefined,
      );
      expect(whole).toMatchObject({ cpuLimit: 0.5, memoryLimit: 64 * MIB, restarts: 0, oomKills: 0 });
      expect(whole.cpu).toBeLessThan(0.7);
      expect(whole.diskUsed).toBeLessThan(17 * MIB);
      expect(whole.workingSet).toBeLessThanOrEqual(whole.memory ?? 0);
      for (const key of ['threads', 'processes', 'throttledSeconds', 'networkSent', 'diskRead'] as const)
        expect(whole[key], key).toEqual(expect.any(Number));
      // It is that of its first process, whatever others come.
      for (let i = 0; i < 8; i++) {
        const next = await sampleWith(pj, 'writer', ({ at }) => at !== whole.at);
        expect([next.startedAt, typeof next.networkReceived]).toEqual([whole.startedAt, 'number']);
      }
      await sampleWith(pj, 'again', ({ restarts = 0 }) => restarts > 0, 30_000);
      await sampleWith(pj, 'idle', ({ diskUsed }) => diskUsed !== undefined && diskUsed < MIB, 30_000);
    }, 180_000);

    it('come from its statistics where it seems to be elsewhere; nothing of them runs where it has ended', async () => {
      const relay = await relayTo(socket);
      clean.push(() => relay.close());
      const pj = project(envOf(relay.url), [
        container('writer', runtime, busybox, WRITER, QUOTAS),
        container('talker', runtime, busybox, ASKER),
        container('ended', runtime, busybox, 'sleep 3'),
      ]);
      await pj.ok(['apply', '--auto-approve']);
      const lineage = pj.lineage();
      clean.unshift(() => removeHeld(socket, lineage));
      const whole = await sampleWith(pj, 'writer', (one) => written(one) && one.cpu !== undefined);
      expect(whole).toMatchObject({ memoryLimit: 64 * MIB, threads: expect.any(Number), diskRead: expect.any(Number) });
      expect(whole.cpuSeconds).toBeGreaterThan(0);
      expect(whole.memory).toBeLessThan(64 * MIB);
      expect([whole.networkReceived, whole.networkSent]).toEqual([expect.any(Number), expect.any(Number)]);
      expect(whole).not.toHaveProperty('diskUsed');
      // Nobody answers it: what it sends grows, and what it receives does not.
      const before = await sampleWith(pj, 'talker', ({ networkSent = 0 }) => networkSent > 1_000, 30_000);
      const after = await sampleWith(
        pj,
        'talker',
        ({ networkSent = 0 }) => networkSent > (before.networkSent ?? 0) + 1_500,
        60_000,
      );
      expect((after.networkReceived ?? 0) - (before.networkReceived ?? 0)).toBeLessThan(
        (after.networkSent ?? 0) - (before.networkSent ?? 0),
      );
      await sampleWith(pj, 'ended', ({ processes }) => processes === 0);
    }, 180_000);
  });

needs('lxc')('samples of containers on LXC', ({ lxc }) => {
  it('come from the kernel, and begin anew when it is started again', async () => {
    const ground = lxcGround(lxc);
    clean.push(() => ground.clear());
    const pj = project({ ...ground.env, DOCKER_HOST: 'unix:///nowhere', CONTAINER_HOST: 'unix:///nowhere' }, [
      container('writer', 'lxc', lxc.rootfs, WRITER, QUOTAS),
    ]);
    clean.reverse();
    await pj.ok(['apply', '--auto-approve']);
    const whole = await sampleWith(
      pj,
      'writer',
      (one) => (one.diskWritten ?? 0) > 8 * MIB && one.cpu !== undefined && (one.diskUsed ?? 0) > 7 * MIB,
      60_000,
    );
    expect(whole).toMatchObject({ cpuLimit: 0.5, memoryLimit: 64 * MIB, oomKills: 0 });
    expect([whole.networkReceived, whole.startedAt]).toEqual([expect.any(Number), expect.any(String)]);
    await pj.ok(['stop', 'writer']);
    await pj.ok(['start', 'writer']);
    const anew = await sampleWith(
      pj,
      'writer',
      ({ startedAt }) => startedAt !== undefined && startedAt !== whole.startedAt,
    );
    expect(Date.parse(anew.startedAt ?? '')).toBeGreaterThan(Date.parse(whole.startedAt ?? ''));
  }, 180_000);
});
