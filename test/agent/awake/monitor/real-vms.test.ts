import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../../../engines/engines.ts';
import { runTool } from '../../../engines/guest/run-tool.ts';
import { Scratch } from '../../../support/pj.ts';
import { sampleOf, sampleWith } from '../../../support/samples.ts';
import { heldDomains, removeDomains } from '../../../support/vms.ts';

const MIB = 1 << 20;
/** A guest under emulation takes its time. */
const LONG = 120_000;

let pj: Scratch | undefined;
const clean: (() => Promise<void>)[] = [];
afterEach(async () => {
  await pj?.cleanUp();
  pj = undefined;
  for (const one of clean.splice(0)) await one();
});

needs('libvirt', 'guest')('samples of machines', ({ libvirt, guest }) => {
  const project = (machines: Record<string, object>): Scratch => {
    pj = new Scratch({
      'pj.yaml': `name: m${randomBytes(4).toString('hex')}\nagent: { sampling: { interval: 500ms } }\n`,
    });
    // The users of the engines pass through it.
    chmodSync(pj.dir, 0o711);
    for (const [id, vm] of Object.entries(machines)) {
      const { kernel, initrd, commandLine: cmdline } = guest;
      const whole = {
        vcpu: 1,
        memory: '160MiB',
        kernel,
        initrd,
        cmdline,
        disks: [{ path: `${id}.qcow2`, size: '16MiB' }],
      };
      const descriptor = { monitoring: { enabled: true }, stop: { gracePeriod: 0 }, restart: { policy: 'no' } };
      pj.write({ [`${id}.yaml`]: JSON.stringify({ applicationId: id, ...descriptor, vm: { ...whole, ...vm } }) });
    }
    return pj;
  };
  const virsh = (...args: string[]): Promise<string> =>
    runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });

  it(
    'on libvirt come from domstats: of a guest whose balloon tells and of one that has none; one that is shut off has no sample of a run',
    async () => {
      const vm = { runtime: 'libvirt', uri: libvirt.uri, networks: [{ name: libvirt.network }] };
      const cmdline = `${guest.commandLine} module_blacklist=virtio_balloon initcall_blacklist=virtio_balloon_driver_init`;
      const it = project({ guest: vm, bare: { ...vm, cmdline }, off: { ...vm, networks: [] } });
      await it.ok(['apply', '--auto-approve']);
      const lineage = it.lineage();
      clean.push(() => removeDomains(libvirt.uri, lineage));
      const whole = await sampleWith(
        it,
        'guest',
        ({ workingSet, cpu, networkSent = 0 }) =>
          workingSet !== undefined && workingSet < 100 * MIB && cpu !== undefined && networkSent > 0,
        LONG,
      );
      expect(whole).toMatchObject({ cpuLimit: 1, memoryLimit: 160 * MIB });
      expect(whole.memory).toBeGreaterThan(100 * MIB);
      for (const key of ['cpuSeconds', 'diskRead', 'networkReceived'] as const)
        expect(whole[key], key).toBeGreaterThan(0);
      expect(whole.diskWritten).toBe(0);
      // What its file takes, not the 16 MiB that it may.
      expect(whole.diskUsed).toBeGreaterThan(64 << 10);
      expect(whole.diskUsed).toBeLessThan(MIB);

      const domains = await heldDomains(libvirt.uri, lineage);
      const uuid = (id: string) => domains.find((one) => one.workload === id)?.uuid ?? '';
      await virsh('destroy', uuid('off'));
      const ended = await sampleWith(it, 'off', ({ processes }) => processes === 0);
      expect(ended).toEqual({ at: expect.any(String), processes: 0 });
      const bare = await sampleOf(it, 'bare');
      expect(bare).toMatchObject({ memory: expect.any(Number), cpuSeconds: expect.any(Number) });
      expect(bare.workingSet).toBe(bare.memory);
    },
    2 * LONG,
  );

  it(
    'on QEMU alone come from the kernel: of its process, its disk files and its cards on a bridge; begun anew after a crash',
    async () => {
      const networks = [{ mode: 'bridge', bridge: libvirt.bridge }];
      const it = project({ guest: { runtime: 'qemu', networks } });
      const descriptor = JSON.parse(it.read('guest.yaml')) as object;
      it.write({ 'guest.yaml': JSON.stringify({ ...descriptor, restart: { policy: 'always', delay: '200ms' } }) });
      await it.ok(['apply', '--auto-approve']);
      const whole = await sampleWith(
        it,
        'guest',
        ({ networkSent = 0, cpu, diskUsed }) => networkSent > 0 && cpu !== undefined && diskUsed !== undefined,
        LONG,
      );
      expect(whole).toMatchObject({ processes: 1, restarts: 0 });
      for (const key of ['cpuSeconds', 'memory', 'workingSet', 'threads', 'networkReceived'] as const)
        expect(whole[key], key).toBeGreaterThan(0);
      expect(whole.diskUsed).toBeGreaterThan(64 << 10);
      expect(whole.diskUsed).toBeLessThan(MIB);
      const running = it.processes().filter(({ id }) => id === 'guest');
      for (const { pid } of running) process.kill(pid, 'SIGKILL');
      const anew = await sampleWith(
        it,
        'guest',
        ({ restarts, networkSent }) => restarts === 1 && networkSent !== undefined,
        LONG,
      );
      expect(Date.parse(anew.startedAt ?? '')).toBeGreaterThan(Date.parse(whole.startedAt ?? ''));
    },
    2 * LONG,
  );
});
