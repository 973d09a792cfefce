import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Observed } from '../../../../src/model/observed.ts';
import type { Identity, WorkloadRecord } from '../../../../src/model/record.ts';
import type { Spec } from '../../../../src/model/spec.ts';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import type { HealthVerdict, Made, Provider, Target } from '../../../../src/providers/contract.ts';
import { needs } from '../../../engines/engines.ts';
import { killFirstProcess, removeHeld } from '../../../support/containers.ts';
import { runningRecord } from '../../../support/records.ts';
import { context, envFor, fresh, raw, removeAll } from './engine-raw.ts';

for (const name of ['docker', 'podman'] as const) {
  needs(name, 'registry')(`what is seen of a container on ${name}`, (have) => {
    const { socket } = have[name as 'docker'];
    const { images, host } = have.registry;
    let lineage: string;
    let project: string;
    let provider: Provider;
    let others: Parameters<typeof removeAll>[1];
    beforeEach(() => {
      lineage = randomUUID();
      project = fresh('c');
      others = {};
      provider = open();
    });
    afterEach(async () => {
      await provider.close?.();
      await removeHeld(socket, lineage);
      await removeAll(socket, others);
    });

    const open = () => containerProvider('container', { dir: '/', project, env: envFor(name, socket) });
    const identity: () => Identity = () => ({ project, lineage, id: 'web', generation: 1 });
    const specOf = (container: Partial<Spec['container']> = {}, more: Omit<Spec, 'container'> = {}): Spec => ({
      container: {
        image: images.busybox,
        runtime: name,
        command: ['sh', '-c', 'trap "exit 143" TERM; sleep 100000 & wait'],
        ...container,
      },
      restart: { policy: 'no' },
      ...more,
    });
    const target = (spec: Spec, made?: Made): Target => ({
      identity: identity(),
      handle: made?.handle ?? null,
      spec,
      specDigest: 'digest',
    });
    const run = async (spec: Spec): Promise<Made> =>
      provider.start(target(spec, await provider.create(target(spec), context)), context);
    const recordOf = (spec: Spec, made: Made): WorkloadRecord =>
      runningRecord({ id: 'web', kind: 'container', spec, ...made });
    /** As a new run of pj reads it. */
    const read = async (spec: Spec, made: Made): Promise<Observed> => {
      const fresh = open();
      try {
        const [seen] = await fresh.read([recordOf(spec, made)], context);
        if (seen === undefined) throw new Error('nothing read');
        return seen;
      } finally {
        await fresh.close?.();
      }
    };
    const idOf = (made: Made): string => String(made.handle['id']);
    const until = async (spec: Spec, made: Made, status: Observed['status']): Promise<Observed> => {
      await expect.poll(async () => (await read(spec, made)).status, { timeout: 60_000 }).toBe(status);
      return read(spec, made);
    };

    it('that was stopped by hand, and when', async () => {
      const spec = specOf();
      const made = await run(spec);
      await raw(socket, 'POST', `/containers/${idOf(made)}/stop`);
      const seen = await read(spec, made);
      expect(seen).toMatchObject({ status: 'stopped', detail: 'stopped by somebody (exited 143 (SIGTERM))' });
      expect(Math.abs(Date.now() - Date.parse(seen.since ?? ''))).toBeLessThan(20_000);
    });

    it('that ended by itself after it was told to reload', async () => {
      const spec = specOf({ command: ['sh', '-c', 'trap "exit 3" HUP; sleep 100000 & wait'] });
      const made = await run(spec);
      // Before its trap is set the first process of a container ignores it.
      const dead = async (): Promise<string> => {
        await raw(socket, 'POST', `/containers/${idOf(made)}/kill?signal=HUP`).catch(() => undefined);
        return (await read(spec, made)).status;
      };
      await expect.poll(dead, { interval: 500 }).toBe('dead');
      expect((await read(spec, made)).detail).toBe('exited 3');
    });

    it('that was killed, ended by itself, or is done', async () => {
      const spec = specOf();
      const made = await run(spec);
      await killFirstProcess(socket, idOf(made));
      expect((await until(spec, made, 'dead')).detail).toBe('exited 137 (SIGKILL)');
      await provider.destroy(target(spec, made), { destroyVolumes: false }, context);

      const ends = specOf({ command: ['sh', '-c', 'exit 0'] });
      const ended = await run(ends);
      expect((await until(ends, ended, 'dead')).detail).toBe('exited 0');
      await provider.destroy(target(ends, ended), { destroyVolumes: false }, context);

      const job = specOf({ type: 'job', command: ['true'] });
      const done = await run(job);
      expect((await until(job, done, 'completed')).detail).toBeUndefined();
      await provider.destroy(target(job, done), { destroyVolumes: false }, context);

      const bad = specOf({ type: 'job', command: ['sh', '-c', 'exit 3'] });
      const failed = await run(bad);
      expect((await until(bad, failed, 'dead')).detail).toBe('exited 3');
    });

    it('that the kernel killed for want of memory', async () => {
      const eats = specOf(
        { command: ['sh', '-c', 'x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done'] },
        { resources: { memory: 16 << 20 } },
      );
      const made = await run(eats);
      const { detail } = await until(eats, made, 'dead');
      // Podman 4.3 does not tell on cgroup v1.
      expect(detail).toMatch(name === 'docker' ? /^exited (137 \(SIGKILL\)|2), OOM-killed$/ : /^exited (137|2)/);
    });

    it('that the engine starts again and again', async () => {
      const spec = specOf({ command: ['sh', '-c', 'exit 4'] }, { restart: { policy: 'always' } });
      const made = await run(spec);
      const states: Observed[] = [];
      await expect
        .poll(
          async () => {
            states.push(await read(spec, made));
            return states.some(({ restarting }) => restarting) || states.some(({ status }) => status === 'dead');
          },
          { timeout: 60_000 },
        )
        .toBe(true);
      expect(states.at(-1)?.detail).toMatch(/^(exited 4|the engine starts it again)/);
    });

    it('that somebody removed, and what has its name now', async () => {
      const spec = specOf();
      const made = await run(spec);
      await raw(socket, 'DELETE', `/containers/${idOf(made)}?force=1`);
      const seen = await read(spec, made);
      expect(seen).toMatchObject({ status: 'gone', handle: null });
      expect(seen.detail).toBe('removed by somebody');
      const taken = String(made.handle['name']);
      others = { containers: [taken] };
      await raw(socket, 'POST', `/containers/create?name=${taken}`, { Image: images.busybox, Cmd: ['true'] });
      expect((await read(spec, made)).detail).toContain('one that pj has not made has its name now');
    });

    it('whose limits, restart policy or networks somebody changed', async () => {
      const network = fresh('net');
      others = { networks: [network] };
      await raw(socket, 'POST', '/networks/create', { Name: network });
      const spec = specOf(
        { networks: [{ name: network }], cpuset: '0,1', memoryReservation: 32 << 20 },
        {
          resources: { cpu: 0.5, memory: 64 << 20, maxProcesses: 50 },
          restart: { policy: 'on-failure', maxAttempts: 3 },
        },
      );
      const made = await run(spec);
      expect((await read(spec, made)).fields).toEqual({});
      if (name === 'docker') {
        await raw(socket, 'POST', `/containers/${idOf(made)}/update`, {
          Memory: 128 << 20,
          MemorySwap: 128 << 20,
          CpuQuota: 20_000,
          PidsLimit: 40,
          CpusetCpus: '0',
          MemoryReservation: 24 << 20,
          RestartPolicy: { Name: 'unless-stopped' },
        });
        expect((await read(spec, made)).fields).toEqual({
          '/resources/cpu': 0.2,
          '/resources/memory': 128 << 20,
          '/resources/maxProcesses': 40,
          '/restart/policy': 'always',
          '/container/cpuset': '0',
          '/container/memoryReservation': 24 << 20,
        });
      }
      await raw(socket, 'POST', `/networks/${network}/disconnect`, { Container: idOf(made), Force: true });
      expect((await read(spec, made)).fields['/container/networks']).toEqual([]);
    });

    it('whose seccomp profile says something else by now', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'pj-seccomp-'));
      try {
        const seccomp = join(folder, 'profile.json');
        await writeFile(seccomp, '{"defaultAction":"SCMP_ACT_ALLOW"}');
        const spec = specOf({}, { security: { seccomp } });
        const made = await run(spec);
        expect((await read(spec, made)).fields).toEqual({});
        await writeFile(seccomp, '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[]}');
        expect((await read(spec, made)).fields).toEqual({ '/security/seccomp': `${seccomp} as it was` });
        await rm(seccomp);
        expect((await read(spec, made)).fields).toEqual({});
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    it('whose tag points to another image by now', async () => {
      const repo = `${host}/pj/${fresh('tag')}`;
      const tag = (image: string) =>
        raw(socket, 'POST', `/images/${encodeURIComponent(image)}/tag?repo=${encodeURIComponent(repo)}&tag=1`);
      try {
        await tag(images.busybox);
        const spec = specOf({ image: `${repo}:1` });
        const made = await run(spec);
        expect((await read(spec, made)).fields).toEqual({});
        await tag(images.httpd1);
        const image = (await read(spec, made)).fields['/container/image'];
        expect(image).toMatch(new RegExp(`^${repo}:1 \\([0-9a-f]{12}; the tag points to [0-9a-f]{12} now\\)$`));
      } finally {
        await raw(socket, 'DELETE', `/images/${encodeURIComponent(`${repo}:1`)}?force=1`).catch(() => undefined);
      }
    });

    it('by the health check that the engine runs', async () => {
      const check = { type: 'exec' as const, command: ['sh', '-c', 'cat /tmp/ok'], interval: 0.3, startPeriod: 1 };
      const spec = specOf({}, { healthCheck: check });
      const made = await run(spec);
      const verdict = async (): Promise<HealthVerdict | undefined> =>
        provider.health?.(recordOf(spec, made), spec, context);
      await expect.poll(verdict, { timeout: 60_000 }).toEqual({
        healthy: false,
        reason: expect.stringMatching(/^its check exited with 1: .*No such file/) as string,
      });
      const { Id } = await raw<{ Id: string }>(socket, 'POST', `/containers/${idOf(made)}/exec`, {
        Cmd: ['touch', '/tmp/ok'],
      });
      await raw(socket, 'POST', `/exec/${Id}/start`, { Detach: true });
      await expect.poll(verdict, { timeout: 60_000 }).toEqual({ healthy: true });
      await raw(socket, 'POST', `/containers/${idOf(made)}/stop`);
      expect(await verdict()).toEqual({ healthy: false, reason: 'it does not run' });
      const none = { ...spec, healthCheck: { type: 'engine' as const } };
      const without = specOf({}, {});
      await provider.destroy(target(spec, made), { destroyVolumes: false }, context);
      const plain = await run(without);
      expect(await provider.health?.(recordOf(none, plain), none, context)).toEqual({
        healthy: false,
        reason: 'its image has no health check',
      });
    });
  });
}
