import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Json, JsonObject, Pointer } from '../../src/model/json.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { VmSpec } from '../../src/model/vm-spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { readCmdline } from '../../src/os/process.ts';
import { vmProvider } from '../../src/providers/vm/index.ts';
import { withQmp } from '../../src/providers/vm/qemu/qmp.ts';
import { buildAgent, eventually, pidOf } from '../agent/ground.ts';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { guestSpec, MIB, qemuGround } from '../providers/vm/qemu/ground.ts';
import { heldOf } from '../support/held-limits.ts';
import { freePort } from '../support/pj.ts';
import { removeDomains } from '../support/vms.ts';
import { type ScalingCase, type Step, scaling } from './scaling.ts';

/** A guest under emulation takes its time. */
const LONG = 120_000;

const ROOM: VmSpec = { vcpu: 1, maxVcpu: 2, memory: 160 * MIB, maxMemory: 512 * MIB, guestAgent: true };

/** Up and down; processors up alone. */
function changesOf(spec: Spec): Pick<ScalingCase, 'steps' | 'restarts'> {
  let now = spec;
  const cpu = (cores: number): Step => {
    now = { ...now, resources: { cpu: cores } };
    return { path: '/resources/cpu', spec: now };
  };
  const vm = (key: 'memory' | 'vcpu', value: number): Step => {
    now = { ...now, vm: { ...now.vm, [key]: value } };
    return { path: `/vm/${key}`, spec: now };
  };
  const steps = [cpu(1.5), cpu(0.6), vm('memory', 120 * MIB), vm('memory', 150 * MIB), vm('vcpu', 2)];
  const last = now;
  return {
    steps,
    restarts: [
      { ...vm('vcpu', 1), reason: /cannot be taken from a guest that runs/ },
      { path: '/vm/memory', spec: { ...last, vm: { ...last.vm, memory: 1024 * MIB } }, reason: /maxMemory/ },
      { path: '/vm/vcpu', spec: { ...last, vm: { ...last.vm, vcpu: 3 } }, reason: /maxVcpu/ },
    ],
  };
}

/** The port of the guest's web server answers once it is up. */
const answersAt = (port: number) =>
  eventually(
    'the guest to answer',
    () =>
      fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(2_000) }).then(
        ({ ok }) => ok,
        () => false,
      ),
    LONG,
  );

needs('libvirt', 'guest')('machines on libvirt', ({ libvirt, guest }) => {
  const virsh = (...args: string[]): Promise<string> =>
    runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });
  scaling(
    'vm (libvirt)',
    async (lineage) => {
      // The users of the engines pass through it.
      const dir = mkdtempSync(join(tmpdir(), 'pj-scaling-'));
      chmodSync(dir, 0o711);
      const project = `s${randomBytes(4).toString('hex')}`;
      const port = await freePort();
      const ports = [{ container: 80, hostIp: '127.0.0.1', host: port }];
      const spec: Spec = {
        ...guestSpec(guest, { ...ROOM, runtime: 'libvirt', uri: libvirt.uri, ports }),
        resources: { cpu: 1 },
        stop: { gracePeriod: 0 },
      };
      const held = async (path: Pointer, attributes: JsonObject): Promise<number> => {
        const uuid = String(attributes['uuid']);
        if (path === '/resources/cpu')
          return Number(/global_quota\s*: (\d+)/.exec(await virsh('schedinfo', uuid))?.[1]) / 100_000;
        const stats = await virsh('domstats', '--vcpu', '--balloon', uuid);
        if (path === '/vm/vcpu') return Number(/vcpu\.current=(\d+)/.exec(stats)?.[1]);
        return Number(/balloon\.current=(\d+)/.exec(stats)?.[1]) * 1024;
      };
      return {
        provider: () => vmProvider({ dir, project, env: { ...process.env }, pjVersion: '0' }),
        project,
        spec,
        ...changesOf(spec),
        ready: () => answersAt(port),
        engineId: (attributes) => attributes['domainId'],
        held,
        async clear() {
          await removeDomains(libvirt.uri, lineage);
          rmSync(dir, { recursive: true, force: true });
        },
      };
    },
    LONG,
  );
});

needs('guest')('machines on QEMU alone', ({ guest }) => {
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  beforeAll(async () => {
    agent = await buildAgent();
  });
  afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));

  if (detectCgroups().controllers.has('cpu'))
    scaling(
      'vm (qemu)',
      async (lineage) => {
        const here = qemuGround(agent.entry, lineage);
        const port = await freePort();
        const spec: Spec = {
          ...guestSpec(guest, { ...ROOM, ports: [{ container: 80, hostIp: '127.0.0.1', host: port }] }),
          resources: { cpu: 1 },
        };
        /** QEMU's own word, over its monitor. */
        const asked = (attributes: JsonObject, command: string): Promise<Json> => {
          const socket = /-qmp unix:([^,]+),/.exec(readCmdline(pidOf(attributes)).join(' '))?.[1] ?? '';
          return withQmp(socket, (qmp) => qmp.ask(command));
        };
        return {
          provider: () => here.machines(),
          spec,
          ...changesOf(spec),
          ready: () => answersAt(port),
          engineId: (attributes) => attributes['pid'],
          async held(path, attributes) {
            if (path === '/resources/cpu') return heldOf(pidOf(attributes)).cpu;
            if (path === '/vm/vcpu') return ((await asked(attributes, 'query-cpus-fast')) as Json[]).length;
            return Number(((await asked(attributes, 'query-balloon')) as JsonObject)['actual']);
          },
          clear: () => here.clear(),
        };
      },
      LONG,
    );
});
