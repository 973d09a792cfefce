import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Identity } from '../../../../src/model/record.ts';
import type { HealthCheck, Spec } from '../../../../src/model/spec.ts';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import type { Made, Provider, Target } from '../../../../src/providers/contract.ts';
import { MARK } from '../../../../src/providers/marks.ts';
import { needs } from '../../../engines/engines.ts';
import { held, removeHeld } from '../../../support/containers.ts';
import { freePort } from '../../../support/pj.ts';
import { context, envFor, fresh, freshSubnet, raw, removeAll } from './engine-raw.ts';

/** Of what an engine tells of a container, what these tests look at. */
interface Inspected {
  Name: string;
  Config: { Env: string[]; Labels: Record<string, string>; User: string; Hostname: string; Healthcheck?: object };
  HostConfig: Record<string, unknown> & { RestartPolicy: { Name: string; MaximumRetryCount: number } };
  State: { Status: string; Running: boolean; Pid: number };
  Mounts: { Type: string; Name?: string; Destination: string; RW: boolean }[];
  NetworkSettings: { Networks: Record<string, { IPAddress: string; Aliases: string[] | null }> };
}

/** What the kernel holds of a process, by cgroup v1 or v2. */
function kernelLimits(pid: number): Record<'memory' | 'swap' | 'quota' | 'pids', number> {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  const read = (controller: string, v1: string, v2: string): number => {
    const own = lines.map((line) => line.split(':')).find(([, names]) => names?.split(',').includes(controller));
    const path =
      own === undefined
        ? `/sys/fs/cgroup${lines[0]?.split(':')[2]}/${v2}`
        : `/sys/fs/cgroup/${controller}${own[2]}/${v1}`;
    return Number(readFileSync(path, 'utf8').trim().split(' ')[0]);
  };
  return {
    memory: read('memory', 'memory.limit_in_bytes', 'memory.max'),
    swap: read('memory', 'memory.memsw.limit_in_bytes', 'memory.swap.max'),
    quota: read('cpu', 'cpu.cfs_quota_us', 'cpu.max'),
    pids: read('pids', 'pids.max', 'pids.max'),
  };
}

for (const name of ['docker', 'podman'] as const) {
  needs(
    name,
    'registry',
    'privateRegistry',
  )(`what changes a container on ${name}`, (have) => {
    const { socket } = have[name as 'docker'];
    const { images, host } = have.registry;
    let lineage: string;
    let project: string;
    let opened: Provider[];
    let others: Parameters<typeof removeAll>[1];
    beforeEach(() => {
      lineage = randomUUID();
      project = fresh('c');
      opened = [];
      others = {};
    });
    afterEach(async () => {
      for (const one of opened) await one.close?.();
      await removeHeld(socket, lineage);
      await removeAll(socket, others);
    });

    const open = (): Provider => {
      const options = { dir: import.meta.dirname, project, env: envFor(name, socket) };
      const provider = containerProvider('container', options);
      opened.push(provider);
      return provider;
    };
    const mine = (id: string): Identity => ({ project, lineage, id, generation: 1 });
    const spec = (container: Partial<Spec['container']> = {}, more: Omit<Spec, 'container'> = {}): Spec => ({
      container: { image: images.busybox, runtime: name, command: ['sleep', '100000'], ...container },
      stop: { signal: 'SIGKILL' },
      ...more,
    });
    const target = (of: Spec, made?: Made, id = 'web'): Target => ({
      identity: mine(id),
      handle: made?.handle ?? null,
      spec: of,
      specDigest: 'digest-1',
    });
    const inspect = (id: string) => raw<Inspected>(socket, 'GET', `/containers/${id}/json`);
    const up = async (of: Spec, id = 'web', provider = open()): Promise<Made> =>
      provider.start(target(of, await provider.create(target(of, undefined, id), context), id), context);
    const idOf = (made: Made): string => String(made.handle['id']);

    it('makes it as it is asked for', async () => {
      const port = await freePort();
      const volume = fresh('vol');
      others = { volumes: [volume] };
      await raw(socket, 'POST', '/volumes/create', { Name: volume });
      const made = await up(
        spec(
          {
            command: ['sleep'],
            args: ['100000'],
            user: '1000:1000',
            hostname: 'inner',
            workdir: '/tmp',
            ports: [
              { container: 80, host: port, hostIp: '127.0.0.1' },
              { container: 53, protocol: 'udp' },
            ],
            dns: ['10.0.0.53'],
            extraHosts: { there: '10.0.0.9' },
            labels: { team: 'a' },
            ulimits: { nofile: { soft: 1000, hard: 2000 }, nproc: { soft: 1000, hard: 1000 } },
            sysctls: { 'net.ipv4.ip_unprivileged_port_start': '0' },
            shmSize: 8 << 20,
            memorySwap: 32 << 20,
            memoryReservation: 32 << 20,
            cpuset: '0',
            devices: ['/dev/null:/dev/nothing:rw'],
            logging: { maxSize: 1 << 20, maxFiles: 2 },
          },
          {
            env: { A: 'b c' },
            resources: { cpu: 0.5, memory: 64 << 20, maxProcesses: 50 },
            restart: { policy: 'on-failure', maxAttempts: 7 },
            security: { capDrop: ['ALL'], capAdd: ['CHOWN'], readOnlyRoot: true, noNewPrivileges: true },
            volumes: [
              { type: 'persistent', name: volume, path: '/data' },
              { type: 'bind', source: '.', path: '/code', readOnly: true },
              { type: 'tmpfs', path: '/run/mem', size: 1 << 20 },
              { type: 'ephemeral', path: '/scratch' },
            ],
          },
        ),
      );
      expect(made.attributes).toMatchObject({ name: `${project}-web`, ports: { 80: port } });
      const seen = await inspect(idOf(made));
      expect(seen.Config.Env).toContain('A=b c');
      expect(seen.Config.Labels).toMatchObject({ team: 'a', [MARK.lineage]: lineage, [MARK.digest]: 'digest-1' });
      expect(seen.Config).toMatchObject({ User: '1000:1000', Hostname: 'inner' });
      expect(seen.HostConfig).toMatchObject({
        Memory: 64 << 20,
        MemorySwap: 96 << 20,
        MemoryReservation: 32 << 20,
        CpuQuota: 50_000,
        CpusetCpus: '0',
        PidsLimit: 50,
        ReadonlyRootfs: true,
        ShmSize: 8 << 20,
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 7 },
        Dns: ['10.0.0.53'],
      });
      const mounts = seen.Mounts.map(({ Type, Destination, RW }) => `${Type} ${Destination} ${RW}`);
      expect(mounts).toEqual(expect.arrayContaining(['volume /data true', 'bind /code false', 'volume /scratch true']));
      const anonymous = seen.Mounts.find(({ Destination }) => Destination === '/scratch')?.Name ?? '';
      await open().destroy(target(spec(), made), { destroyVolumes: false }, context);
      await expect(raw(socket, 'GET', `/volumes/${anonymous}`)).rejects.toThrow();
      await raw(socket, 'GET', `/volumes/${volume}`);
    });

    it('knows every port of a range', async () => {
      const ports = [8001, 8002, 8003].map((container) => ({ container, host: container + 40_000 }));
      const more = [{ container: 9000, protocol: 'udp' as const }];
      const made = await up(spec({ ports: [...ports, ...more] }));
      expect(made.attributes['ports']).toMatchObject({
        8001: 48_001,
        8002: 48_002,
        8003: 48_003,
        9000: expect.any(Number),
      });
    });

    it('hardened: nothing that it does not need', async () => {
      const made = await up(spec({}, { security: { hardened: true } }));
      const { Config, State } = await inspect(idOf(made));
      expect([Config.User, State.Running]).toEqual(['65534:65534', true]);
      const status = readFileSync(`/proc/${State.Pid}/status`, 'utf8');
      expect(status).toMatch(/CapBnd:\s+0+\n/);
      expect(status).toMatch(/NoNewPrivs:\s+1\n/);
    });

    it('joins several networks with fixed addresses and aliases, also when it was killed in between', async () => {
      const [a, b] = [freshSubnet(), freshSubnet()];
      const nets = [fresh('a'), fresh('b')] as const;
      others = { networks: nets };
      for (const [i, { subnet }] of [a, b].entries())
        await raw(socket, 'POST', '/networks/create', { Name: nets[i], IPAM: { Config: [{ Subnet: subnet }] } });
      const networks = [
        { name: nets[0], address: `${a.prefix}.9`, aliases: ['first'] },
        { name: nets[1], address: `${b.prefix}.9`, aliases: ['second'] },
      ];
      const told = spec({ networks });
      const created = await open().create(target(told), context);
      const joined = async () => Object.keys((await inspect(idOf(created))).NetworkSettings.Networks).sort();
      expect(await joined()).toEqual([...nets].sort());
      for (const mend of ['create', 'start'] as const) {
        await raw(socket, 'POST', `/networks/${nets[1]}/disconnect`, { Container: idOf(created), Force: true });
        expect(await joined()).toEqual([nets[0]]);
        if (mend === 'create') expect((await open().create(target(told), context)).handle).toEqual(created.handle);
        else await open().start(target(told, created), context);
        expect(await joined()).toEqual([...nets].sort());
      }
      const { Networks } = (await inspect(idOf(created))).NetworkSettings;
      expect(nets.map((one) => Networks[one]?.IPAddress)).toEqual([`${a.prefix}.9`, `${b.prefix}.9`]);
      expect(Networks[nets[1]]?.Aliases).toEqual(expect.arrayContaining(['web', 'second']));
    });

    it('leaves nothing when a create fails', async () => {
      const nets = [fresh('one'), fresh('two')] as const;
      others = { networks: nets };
      for (const one of nets) await raw(socket, 'POST', '/networks/create', { Name: one });
      // Docker takes no address in a subnet that it chose itself, Podman no network that is not there.
      const second = name === 'docker' ? { name: nets[1], address: '10.9.9.9' } : { name: fresh('none') };
      const told = spec({ networks: [{ name: nets[0] }, second] });
      await expect(open().create(target(told), context)).rejects.toMatchObject({ code: 'PJ5407' });
      expect((await held(socket, lineage)).containers).toEqual([]);
    });

    it('tells of a port in use which process or container has it', async () => {
      const port = await freePort();
      const server = createServer();
      await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
      const told = spec({ ports: [{ container: 80, host: port, hostIp: '127.0.0.1' }] });
      const created = await open().create(target(told), context);
      await expect(open().start(target(told, created), context)).rejects.toMatchObject({
        code: 'PJ5406',
        message: expect.stringContaining(`pid ${process.pid}`),
      });
      await new Promise((closed) => server.close(closed));
      await open().start(target(told, created), context);
      await expect(up(told, 'rival')).rejects.toMatchObject({
        code: 'PJ5406',
        message: expect.stringContaining(`${project}-web`),
      });
    });

    it('refuses a name that a stranger has, and what was made from another spec', async () => {
      const made = await up(spec());
      await expect(open().create({ ...target(spec()), specDigest: 'other' }, context)).rejects.toMatchObject({
        code: 'PJ5405',
      });
      const theirs = { ...mine('web'), lineage: randomUUID() };
      await expect(open().create({ ...target(spec()), identity: theirs }, context)).rejects.toMatchObject({
        code: 'PJ5404',
        message: expect.stringContaining(`web (generation 1) of the pj project ${project}`),
      });
      await raw(socket, 'POST', `/containers/${idOf(made)}/rename?name=${project}-renamed`);
      // Somebody renamed it: its handle still leads to it.
      expect((await open().create(target(spec(), made), context)).handle['id']).toBe(idOf(made));
    });

    it('gives live limits to what runs', async () => {
      const before = spec({}, { resources: { cpu: 0.5, memory: 64 << 20, maxProcesses: 50 } });
      const made = await up(before);
      const after = spec({}, { resources: { cpu: 0.25, memory: 32 << 20, maxProcesses: 40 } });
      const updated = await open().update(target(after, made), ['/resources/memory', '/resources/cpu'], context);
      expect(updated.handle).toEqual(made.handle);
      const limits = kernelLimits((await inspect(idOf(made))).State.Pid);
      expect(limits).toEqual({ memory: 32 << 20, swap: 32 << 20, quota: 25_000, pids: 40 });
    });

    it('gives a share of processors to one that was made by --cpus', async () => {
      const Labels = { [MARK.lineage]: lineage };
      const HostConfig = { NanoCpus: 500_000_000 };
      const body = { Image: images.busybox, Cmd: ['sleep', '100000'], Labels, HostConfig };
      const { Id: id } = await raw<{ Id: string }>(socket, 'POST', `/containers/create?name=${project}-web`, body);
      await raw(socket, 'POST', `/containers/${id}/start`);
      const imported = { handle: { runtime: name, id, imported: true }, attributes: {} };
      const after = spec({}, { resources: { cpu: 0.25 } });
      await open().update(target(after, imported), ['/resources/cpu'], context);
      expect(kernelLimits((await inspect(id)).State.Pid).quota).toBe(25_000);
    });

    it('has the engine run the check, and keeps what others made of its volumes', async () => {
      const check: HealthCheck = { type: 'exec', command: ['true'], interval: 2, retries: 4 };
      const made = await up(
        spec({ networks: [] }, { healthCheck: check, volumes: [{ type: 'ephemeral', path: '/scratch' }] }),
      );
      const { Config, Mounts } = await inspect(idOf(made));
      expect(Config.Healthcheck).toMatchObject({
        Test: ['CMD', 'true'],
        Interval: 2e9,
        Timeout: 5e9,
        Retries: 4,
        StartPeriod: 30e9,
      });
      const volume = Mounts.find(({ Destination }) => Destination === '/scratch')?.Name ?? '';
      others = { volumes: [volume] };
      const imported = { ...made, handle: { ...made.handle, imported: true } };
      await open().destroy(target(spec(), imported), { destroyVolumes: false }, context);
      await raw(socket, 'GET', `/volumes/${volume}`);
      expect((await held(socket, lineage)).containers).toEqual([]);
    });

    it('gives a new restart policy to what runs, where the engine takes one', async () => {
      const made = await up(spec());
      const after = spec({}, { restart: { policy: 'always' } });
      await open().update(target(after, made), ['/restart/policy'], context);
      const { RestartPolicy } = (await inspect(idOf(made))).HostConfig;
      expect(RestartPolicy.Name).toBe(name === 'docker' ? 'unless-stopped' : 'on-failure');
    });

    it('logs in to a private registry, and tells nobody how', async () => {
      const { image, username, password } = have.privateRegistry;
      const forget = () => raw(socket, 'DELETE', `/images/${image}?force=true`).catch(() => undefined);
      await forget();
      const login = (secret: string) => spec({ image, registry: { username, password: secret } });
      try {
        for (const told of [spec({ image }), login('wr0ng-word')]) {
          const failed: unknown = await open()
            .create(target(told), context)
            .catch((thrown: unknown) => thrown);
          expect(failed).toMatchObject({ code: 'PJ5414', message: expect.stringContaining(`${image} of web`) });
          expect(String((failed as Error).stack)).not.toContain('wr0ng-word');
        }
        expect((await up(login(password))).handle['runtime']).toBe(name);
      } finally {
        await removeHeld(socket, lineage);
        await forget();
      }
    });

    it('pauses, resumes, and stops what is paused, each twice as once', async () => {
      const made = await up(spec());
      const status = async () => (await inspect(idOf(made))).State.Status;
      for (let i = 0; i < 2; i++) await open().pause?.(target(spec(), made), context);
      expect(await status()).toBe('paused');
      expect(await open().find(mine('web'), context)).toMatchObject({ status: 'paused' });
      for (let i = 0; i < 2; i++) await open().resume?.(target(spec(), made), context);
      expect(await status()).toBe('running');
      await open().pause?.(target(spec(), made), context);
      await open().stop(target(spec(), made), context);
      expect((await inspect(idOf(made))).State.Running).toBe(false);
      await expect(open().resume?.(target(spec(), made), context)).rejects.toMatchObject({ code: 'PJ5407' });
      await open().start(target(spec(), made), context);
      await open().pause?.(target(spec(), made), context);
      await open().destroy(target(spec(), made), { destroyVolumes: false }, context);
      expect((await held(socket, lineage)).containers).toEqual([]);
    });

    it('sends the signal that it is told, and waits as long as it may take', async () => {
      const script = 'trap "exit 7" USR1; while :; do sleep 0.1; done';
      const told = { ...spec({ command: ['sh', '-c', script] }), stop: { signal: 'SIGUSR1', gracePeriod: 20 } };
      const made = await up(told);
      await new Promise((next) => setTimeout(next, 500));
      await open().stop(target(told, made), context);
      expect((await inspect(idOf(made))).State).toMatchObject({ Running: false, ExitCode: 7 });
      await new Promise((next) => setTimeout(next, 500));
      expect((await inspect(idOf(made))).State.Running).toBe(false);
    });

    it('pulls what is missing once for all, and nothing where it may not', async () => {
      // Not a new name each time: a registry keeps what is pushed.
      const repo = `${host}/pj/pulled-${name}`;
      const image = `${repo}:1`;
      await raw(socket, 'POST', `/images/${images.busybox}/tag?repo=${repo}&tag=1`);
      await raw(socket, 'POST', `/images/${repo}/push?tag=1`, undefined, { 'X-Registry-Auth': 'e30=' });
      const gone = () => raw(socket, 'DELETE', `/images/${image}?force=true`).catch(() => undefined);
      await gone();
      try {
        const never = spec({ image, pull: 'never' });
        await expect(open().create(target(never), context)).rejects.toMatchObject({ code: 'PJ5403' });
        const provider = open();
        const heard: string[] = [];
        const listening = { ...context, progress: (message: string) => void heard.push(message) };
        const ids = ['a', 'b', 'c'];
        await Promise.all(ids.map((id) => provider.create(target(spec({ image }), undefined, id), listening)));
        expect(heard).toContain(`pulling ${image}`);
        expect((await held(socket, lineage)).containers).toHaveLength(3);
        await provider.create(target(spec({ image, pull: 'always' }), undefined, 'd'), context);
        const { RepoDigests } = await raw<{ RepoDigests: string[] }>(socket, 'GET', `/images/${image}/json`);
        const pinned = RepoDigests.find((one) => one.startsWith(`${repo}@`)) ?? '';
        await removeHeld(socket, lineage);
        await gone();
        await up(spec({ image: pinned }), 'f');
        const missing = spec({ image: `${host}/pj/nothing:9` });
        await expect(open().create(target(missing, undefined, 'e'), context)).rejects.toMatchObject({
          code: 'PJ5403',
          message: expect.stringContaining('pj/nothing:9 of e'),
        });
      } finally {
        await removeHeld(socket, lineage);
        await gone();
      }
    });

    it('leaves a container alone that only has our marks from an image of ours', async () => {
      const provider = open();
      const made = await up(spec(), 'web', provider);
      const repo = fresh('copy');
      const copy = fresh('copied');
      others = { containers: [copy] };
      try {
        await raw(socket, 'POST', `/commit?container=${idOf(made)}&repo=${repo}&tag=1`, {});
        await raw(socket, 'POST', `/containers/create?name=${copy}`, { Image: `${repo}:1`, Cmd: ['sleep', '1000'] });
        await provider.destroy(target(spec(), made), { destroyVolumes: true }, context);
        const next = open();
        expect(await next.list({ project, lineage }, context)).toEqual([]);
        expect(await next.find(mine('web'), context)).toBeUndefined();
        await next.destroy(target(spec()), { destroyVolumes: true }, context);
        expect(await raw(socket, 'GET', `/containers/${copy}/json`)).toMatchObject({ Name: `/${copy}` });
        await removeAll(socket, others);
      } finally {
        await removeAll(socket, others);
        await raw(socket, 'DELETE', `/images/${repo}:1?force=1`).catch(() => undefined);
        await raw(socket, 'DELETE', `/images/localhost/${repo}:1?force=1`).catch(() => undefined);
      }
    });
  });
}
