import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createTcp } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Json } from '../../../../src/model/json.ts';
import type { Snapshot, WorkloadRecord } from '../../../../src/model/record.ts';
import type { Spec } from '../../../../src/model/spec.ts';
import { DEFAULT_LIFECYCLE, type Workload } from '../../../../src/model/workload.ts';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import type { Finding, Provider } from '../../../../src/providers/contract.ts';
import { MARK } from '../../../../src/providers/marks.ts';
import { needs } from '../../../engines/engines.ts';
import { freePort } from '../../../support/pj.ts';
import { recordingProxy } from './engine-proxy.ts';
import { context, envFor, fresh, raw, removeAll } from './engine-raw.ts';

const MIB = 1 << 20;
const leaf = (workload: string, attribute: string): string =>
  ({ $template: { parts: [{ workload, attribute }], sensitive: false } }) as unknown as string;

for (const name of ['docker', 'podman'] as const) {
  needs(name, 'registry')(`what ${name} could not make of a container`, (have) => {
    const { socket } = have[name as 'docker'];
    const { images } = have.registry;
    let dir: string;
    let project: string;
    let lineage: string;
    let opened: Provider[];
    let others: string[];
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), 'pj-check-'));
      project = fresh('c');
      lineage = randomUUID();
      opened = [];
      others = [];
    });
    afterEach(async () => {
      for (const one of opened) await one.close?.();
      await removeAll(socket, { containers: others });
      await rm(dir, { recursive: true });
    });

    const open = (at = socket): Provider => {
      const provider = containerProvider('container', { dir, project, env: envFor(name, at) });
      opened.push(provider);
      return provider;
    };
    const workload = (spec: Spec, id = 'web'): Workload => ({
      id,
      kind: 'container',
      provider: 'container',
      dependencies: [],
      desiredState: 'running',
      lifecycle: DEFAULT_LIFECYCLE,
      spec,
    });
    const spec = (container: Partial<Spec['container']> = {}, more: Omit<Spec, 'container'> = {}): Spec => ({
      container: { image: images.busybox, runtime: name, ...container },
      ...more,
    });
    const secured = (security: Record<string, Json>): Spec => spec({}, { security });
    const snapshot = (workloads: Record<string, Partial<WorkloadRecord>> = {}): Snapshot =>
      ({ version: 1, lineage, serial: 1, pjVersion: '0', workloads }) as unknown as Snapshot;
    const check = async (of: Spec, state: Snapshot | null = null): Promise<Finding[]> =>
      (await open().check([workload(of)], context, state)).get('web') ?? [];
    /** `error /path: message` of each. */
    const told = async (of: Spec, state: Snapshot | null = null): Promise<string[]> =>
      (await check(of, state)).map((one) => `${one.severity} ${one.path ?? ''}: ${one.message}`);
    const one = async (of: Spec, pattern: RegExp, state: Snapshot | null = null): Promise<void> => {
      const findings = await check(of, state);
      expect(findings.map(({ severity, path, message }) => `${severity} ${path ?? ''}: ${message}`)).toEqual([
        expect.stringMatching(pattern),
      ]);
      expect(findings[0]?.hint).toMatch(/\w/);
    };
    const none = async (of: Spec, state: Snapshot | null = null): Promise<void> =>
      expect(await told(of, state)).toEqual([]);
    /** A container that pj has not made. */
    const stranger = async (body: object, called = fresh('stranger')): Promise<string> => {
      others.push(called);
      const made = { Image: images.busybox, Cmd: ['sleep', '1000'], StopSignal: 'SIGKILL', ...body };
      await raw(socket, 'POST', `/containers/create?name=${called}`, made);
      await raw(socket, 'POST', `/containers/${called}/start`);
      return called;
    };
    const mine = (id: string) => ({
      [MARK.project]: project,
      [MARK.lineage]: lineage,
      [MARK.id]: id,
      [MARK.generation]: '1',
    });

    it('finds nothing against what can be made, nor in what is not known yet', async () => {
      await none(
        spec(
          { ports: [{ container: 80 }], init: true, cpuset: '0', devices: ['/dev/null'], logging: { maxSize: MIB } },
          {
            resources: { cpu: 1, memory: 64 * MIB, maxProcesses: 50 },
            security: { hardened: true, capAdd: ['NET_BIND_SERVICE'] },
            volumes: [
              { type: 'bind', source: '.', path: '/code' },
              { type: 'tmpfs', path: '/run/mem', size: MIB },
            ],
          },
        ),
      );
      await none(
        spec(
          {
            image: leaf('a', 'image'),
            pull: 'never',
            cpuset: leaf('a', 'cpus'),
            devices: [leaf('a', 'device')],
            ports: [leaf('a', 'port') as unknown as { container: number }],
            networks: [{ name: leaf('network.a', 'name'), address: leaf('a', 'address') }],
            logging: { driver: leaf('a', 'driver') },
          },
          {
            healthCheck: { type: 'engine' },
            security: {
              seccomp: leaf('a', 'x'),
              apparmor: leaf('a', 'x'),
              selinux: leaf('a', 'x'),
              userNamespace: leaf('a', 'x'),
              capAdd: [leaf('a', 'x')],
            },
            volumes: [{ type: 'bind', source: leaf('a', 'x'), path: leaf('a', 'x') }],
          },
        ),
      );
    });

    it('tells whose a name is that is taken', async () => {
      await stranger({}, `${project}-web`);
      await one(spec(), new RegExp(`^error : .*${project}-web.*is taken by one that pj has not made`), snapshot());
      expect((await open().check([workload(spec())], context)).get('web')).toMatchObject([{ severity: 'warning' }]);
    });

    it('lets be a name that its own container has', async () => {
      await stranger({ Labels: mine('web') }, `${project}-web`);
      await none(spec(), snapshot());
    });

    it('lets be the name of one that was taken over', async () => {
      const called = await stranger({}, `${project}-web`);
      const { Id } = await raw<{ Id: string }>(socket, 'GET', `/containers/${called}/json`);
      await none(spec(), snapshot({ web: { generation: 1, handle: { id: Id, imported: true } } }));
    });

    it('tells of two workloads that would have one name', async () => {
      const state = snapshot({ web: { generation: 2, handle: null } });
      const findings = await open().check([workload(spec()), workload(spec(), 'web.g2')], context, state);
      expect(findings.get('web')).toMatchObject([
        { severity: 'error', message: `web.g2 would have the container name ${project}-web.g2, too` },
      ]);
    });

    it('tells which container has a port', async () => {
      const host = await freePort();
      const publish = (container: number, hostIp?: string) =>
        spec({ ports: [{ container, host, ...(hostIp === undefined ? {} : { hostIp }) }] });
      const called = await stranger({
        ExposedPorts: { '80/tcp': {} },
        HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(host) }] } },
      });
      await one(publish(80), new RegExp(`^error /container/ports/0: port ${host} .* by the container ${called} `));
      await none(publish(80, '127.0.0.2'));
    });

    it('lets be a port that this state itself has', async () => {
      const host = await freePort();
      await stranger({
        Labels: mine('old'),
        ExposedPorts: { '80/tcp': {} },
        HostConfig: { PortBindings: { '80/tcp': [{ HostPort: String(host) }] } },
      });
      await none(spec({ ports: [{ container: 80, host }] }), snapshot());
    });

    it('tells which process has a port', async () => {
      const server = createTcp();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      try {
        const { port: host } = server.address() as { port: number };
        await one(spec({ ports: [{ container: 80, host }] }), new RegExp(`in use by .* \\(pid ${process.pid}\\)`));
        await none(spec({ ports: [{ container: 80, host, hostIp: '127.0.0.2' }] }));
        await none(spec({ ports: [{ container: 80, host, protocol: 'udp' }] }));
        const state = snapshot({ other: { handle: null, attributes: { pid: process.pid } } });
        await none(spec({ ports: [{ container: 80, host }] }), state);
      } finally {
        server.close();
      }
    });

    it('tells of an image that is not to be pulled and not there', async () => {
      await none(spec({ pull: 'never' }));
      await one(
        spec({ image: 'localhost/pjtest/nowhere:1', pull: 'never' }),
        /^error \/container\/pull: .* does not have/,
      );
    });

    it('tells of an image without a health check of its own', async () => {
      const healthCheck = { type: 'engine' } as const;
      await one(spec({}, { healthCheck }), /^error \/healthCheck\/type: the image .* brings no health check/);
      await one(spec({ pull: 'always' }, { healthCheck }), /^warning \/healthCheck\/type/);
      await none(spec({}, { healthCheck: { ...healthCheck, enabled: false } }));
      await none(spec({ image: 'localhost/pjtest/nowhere:1' }, { healthCheck }));
    });

    it('tells of seccomp profiles that are none', async () => {
      await writeFile(join(dir, 'text.json'), 'no');
      await writeFile(join(dir, 'other.json'), '{}');
      await writeFile(join(dir, 'good.json'), '{"defaultAction":"SCMP_ACT_ALLOW"}');
      await one(
        secured({ seccomp: 'missing.json' }),
        /^error \/security\/seccomp: the profile .*missing.json cannot be read/,
      );
      await one(secured({ seccomp: 'text.json' }), /^error \/security\/seccomp: the profile .* is not JSON/);
      await one(secured({ seccomp: 'other.json' }), /^error \/security\/seccomp: .* has no defaultAction/);
      await none(secured({ seccomp: 'good.json' }));
      await none(secured({ seccomp: 'unconfined' }));
    });

    it.skipIf(existsSync('/sys/module/apparmor'))('tells that AppArmor is off', async () => {
      await one(secured({ apparmor: 'tight' }), /^error \/security\/apparmor: AppArmor is off/);
      await none(secured({ apparmor: 'unconfined' }));
    });

    it.skipIf(existsSync('/sys/fs/selinux/enforce'))('tells that SELinux is off', async () => {
      await one(secured({ selinux: 'type:tight_t' }), /^error \/security\/selinux: SELinux is off/);
      await none(secured({ selinux: 'disable' }));
    });

    it('tells of user namespaces that the engine does not have', async () => {
      await none(secured({ userNamespace: 'host' }));
      const path = '^error /security/userNamespace: ';
      const keepId = name === 'docker' ? 'knows only `host`' : '.* runs as root, and keep-id';
      await one(secured({ userNamespace: 'keep-id' }), new RegExp(`${path}.*${keepId}`));
      if (name === 'docker') return;
      await one(secured({ userNamespace: 'nonsense' }), new RegExp(`${path}Podman knows no user namespace nonsense`));
      await one(secured({ userNamespace: 'private' }), new RegExp(`${path}.* takes no ids`));
    });

    it('tells of capabilities that there are not', async () => {
      await one(
        secured({ capAdd: ['CHOWN', 'NONSENSE'] }),
        /^error \/security\/capAdd\/1: there is no capability NONSENSE/,
      );
      await none(secured({ capDrop: ['ALL'], capAdd: ['CAP_NET_RAW'] }));
    });

    it('tells that hardened and privileged contradict each other', async () => {
      await one(
        spec({ privileged: true }, { security: { hardened: true } }),
        /^error \/security\/hardened: it contradicts/,
      );
    });

    it('tells of cpus that are not there', async () => {
      await one(spec({ cpuset: `0,${cpus().length + 60}` }), /^error \/container\/cpuset: cpu \d+ is not there/);
      await one(spec({ cpuset: 'all' }), /^error \/container\/cpuset: all is no list of cpus/);
      await one(spec({}, { resources: { cpu: 0.001 } }), /^error \/resources\/cpu: the kernel counts no less/);
    });

    it('tells of memory that makes no sense', async () => {
      const tiny = spec({}, { resources: { memory: 4 * MIB } });
      if (name === 'docker') await one(tiny, /^error \/resources\/memory: 4 MiB is less than Docker/);
      else await none(tiny);
      const resources = { memory: 16 * MIB };
      await one(
        spec({ memoryReservation: 32 * MIB }, { resources }),
        /^error \/container\/memoryReservation: 32 MiB are more/,
      );
      await one(spec({ memorySwap: MIB }), /^error \/container\/memorySwap: swap can only be limited together/);
      const { SwapLimit } = await raw<{ SwapLimit: boolean }>(socket, 'GET', '/info');
      const swap = spec({ memorySwap: MIB }, { resources });
      if (SwapLimit) await none(swap);
      else await one(swap, /^error \/container\/memorySwap: the kernel .* does not count swap/);
    });

    it.skipIf(!existsSync('/sys/fs/cgroup/blkio') || existsSync('/sys/fs/cgroup/blkio/blkio.weight'))(
      'tells of a weight of block io that the kernel has no file for',
      async () => one(spec({ blkio: { weight: 100 } }), /^error \/container\/blkio\/weight: .* cannot hold it/),
    );

    it('tells of disks that are none', async () => {
      await one(
        spec({ blkio: { readBps: { '/dev/pjnone': 1 } } }),
        /^error \/container\/blkio\/readBps\/~1dev~1pjnone: .* not there/,
      );
      await one(spec({ blkio: { writeIops: { '/dev/null': 1 } } }), /\/dev\/null is no block device/);
    });

    it('tells of quotas that nobody holds', async () => {
      await one(spec({}, { resources: { disk: MIB } }), /^warning \/resources\/disk/);
      await one(spec({}, { resources: { maxThreads: 9 } }), /^warning \/resources\/maxThreads/);
      const enforcement = { cpu: { action: 'KILL' } } as const;
      await one(spec({}, { resources: { enforcement } }), /^error \/resources\/enforcement\/cpu: there is no quota/);
      const throttle = { action: 'THROTTLE' } as const;
      const disk = { disk: MIB, enforcement: { disk: throttle } };
      await one(spec({}, { resources: disk }), /^error \/resources\/enforcement\/disk: THROTTLE of disk cannot/);
      if (!existsSync('/sys/fs/cgroup/cgroup.controllers')) {
        const memory = { memory: 64 * MIB, enforcement: { memory: throttle } };
        await one(spec({}, { resources: memory }), /^error \/resources\/enforcement\/memory: .*cgroup v1/);
      }
    });

    it('tells of volumes that could not be as they are asked for', async () => {
      const mounted = (...volumes: NonNullable<Spec['volumes']>): Spec => spec({}, { volumes });
      const path = '/data';
      await one(mounted({ type: 'bind', path, source: 'none' }), /^error \/volumes\/0\/source: .*none is not there/);
      const after = {
        id: 'prepare',
        condition: 'completed',
        optional: false,
        restart: false,
        source: 'declared',
      } as const;
      const later = { ...workload(mounted({ type: 'bind', path, source: 'none' })), dependencies: [after] };
      expect((await open().check([later], context, null)).size).toBe(0);
      await one(mounted({ type: 'bind', path }), /^error \/volumes\/0\/source: a bind volume needs a source/);
      await one(mounted({ type: 'bind', path, source: '.', size: 1 }), /^error \/volumes\/0\/size/);
      await one(mounted({ type: 'persistent', name: 'a', path, size: 1 }), /^error \/volumes\/0\/size/);
      await one(mounted({ type: 'ephemeral', path: 'data' }), /^error \/volumes\/0\/path: data is no absolute path/);
      await one(mounted({ type: 'tmpfs', path }, { type: 'ephemeral', path }), /^error \/volumes\/1\/path: another/);
      const unnamed = mounted({ type: 'ephemeral', path, readOnly: true });
      if (name === 'docker') await one(unnamed, /^error \/volumes\/0\/readOnly: .*no name and is only read/);
      else await none(unnamed);
    });

    it('tells of devices and GPUs that are not there', async () => {
      await one(
        spec({ devices: ['/dev/pjnone:/dev/x'] }),
        /^error \/container\/devices\/0: \/dev\/pjnone is not there/,
      );
      await one(spec({ devices: ['/dev/null:/dev/x:q'] }), /^error \/container\/devices\/0: q are no rights/);
      if (name === 'podman' || !existsSync('/dev/nvidiactl'))
        await one(spec({ gpus: 'all' }), /^error \/container\/gpus: .* (no|nothing that hands out) GPUs/);
    });

    it('tells of kernel settings that are the host’s', async () => {
      await one(
        spec({ sysctls: { 'vm.swappiness': '1' } }),
        /^error \/container\/sysctls\/vm\.swappiness: .* whole host/,
      );
      const sysctls = { 'net.ipv4.ip_forward': '1', 'kernel.shmmax': '9' };
      await none(spec({ sysctls }));
      await one(
        spec({ sysctls, networkMode: 'host' }),
        /^error \/container\/sysctls\/net\.ipv4\.ip_forward: with networkMode/,
      );
    });

    it('tells of networks, ports and modes that contradict each other', async () => {
      const networkMode = 'host';
      await one(spec({ networkMode, ports: [{ container: 80 }] }), /^error \/container\/ports: with networkMode: host/);
      await one(
        spec({ networkMode, networks: [{ name: 'a' }] }),
        /^error \/container\/networks: with networkMode: host/,
      );
      await one(
        spec({ networkMode: 'none', ports: [{ container: 80 }] }),
        /^error \/container\/ports: with networkMode: none/,
      );
      const address = 'fd00::1';
      await one(
        spec({ networks: [{ name: 'a', address }] }),
        /^error \/container\/networks\/0\/address: .* no IPv4 address/,
      );
    });

    it('tells of hosts without an address', async () => {
      await none(spec({ extraHosts: { four: '10.0.0.1', six: 'fd00::1', later: leaf('a', 'address') } }));
      await one(spec({ extraHosts: { a: 'b' } }), /^error \/container\/extraHosts\/a: b is no address/);
      const gateway = spec({ extraHosts: { host: 'host-gateway' } });
      const { Version } = await raw<{ Version: string }>(socket, 'GET', '/version');
      const old = name === 'podman' && /^([0-3]|4\.[0-6])\./.test(Version);
      if (old) await one(gateway, /^error \/container\/extraHosts\/host: Podman .* does not know host-gateway/);
      else await none(gateway);
    });

    it('tells of logging that the engine does not have', async () => {
      await one(
        spec({ logging: { driver: 'nonsense' } }),
        /^error \/container\/logging\/driver: .* no logging driver nonsense/,
      );
      await one(
        spec({ logging: { driver: 'journald', maxSize: MIB } }),
        /^error \/container\/logging\/maxSize: .* rotates no files/,
      );
      const two = spec({ logging: { maxSize: MIB, maxFiles: 2 } });
      if (name === 'docker') await none(two);
      else await one(two, /^warning \/container\/logging\/maxFiles: .* keeps one file/);
    });

    it('tells that engines have restart times of their own', async () => {
      expect(await told(spec({}, { restart: { policy: 'always', delay: 3, resetAfter: 9 } }))).toEqual([
        expect.stringMatching(/^warning \/restart\/delay: .* has times of its own/),
        expect.stringMatching(/^warning \/restart\/resetAfter/),
      ]);
    });

    it('tells what an engine elsewhere makes of paths of this host', async () => {
      const proxy = await recordingProxy(socket, 0);
      try {
        await writeFile(join(dir, 'good.json'), '{"defaultAction":"SCMP_ACT_ALLOW"}');
        const env = { ...envFor(name, socket), [name === 'docker' ? 'DOCKER_HOST' : 'CONTAINER_HOST']: proxy.address };
        const provider = containerProvider('container', { dir, project, env });
        opened.push(provider);
        const of = spec(
          { devices: ['/dev/pjnone'], init: true, cpuset: '900' },
          {
            resources: { cpu: 900, memory: 64 * MIB },
            security: { seccomp: 'good.json' },
            volumes: [{ type: 'bind', source: 'none', path: '/data' }],
          },
        );
        const findings = (await provider.check([workload(of)], context, null)).get('web') ?? [];
        expect(findings.map(({ severity, path }) => `${severity} ${path}`).sort()).toEqual([
          'error /container/cpuset',
          'warning /resources/cpu',
          ...(name === 'podman' ? ['warning /security/seccomp'] : []),
          'warning /volumes/0/source',
        ]);
      } finally {
        await proxy.close();
      }
    });

    it('asks the engine as often for 100 containers as for one', async () => {
      const proxy = await recordingProxy(socket, join(dir, 'engine.sock'));
      try {
        const rich = spec(
          { pull: 'never', logging: { driver: 'local' }, memorySwap: MIB },
          { resources: { memory: 64 * MIB }, security: { userNamespace: 'keep-id', selinux: 'type:a' } },
        );
        const asked = async (count: number, of: Spec): Promise<string[]> => {
          const provider = open(proxy.address.replace('unix://', ''));
          proxy.seen.length = 0;
          const workloads = Array.from({ length: count }, (_, i) => workload(of, `w${i}`));
          const findings = await provider.check(workloads, context, snapshot());
          expect(findings.size).toBe(of === rich ? count : 0);
          // Podman's own list is asked for where any container of the machine publishes a port.
          return proxy.seen.filter((one) => !/\/(_ping|version)$|\/libpod\/containers\/json/.test(one)).sort();
        };
        const plain = spec({ ports: [{ container: 80 }] }, { resources: { memory: 64 * MIB, cpu: 1 } });
        expect(await asked(100, plain)).toEqual([
          expect.stringMatching(/containers\/json/),
          expect.stringMatching(/images\/json/),
        ]);
        const forOne = await asked(1, rich);
        expect(await asked(100, rich)).toEqual(forOne);
        expect(forOne).toHaveLength(3);
      } finally {
        await proxy.close();
      }
    });
  });
}
