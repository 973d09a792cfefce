import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { cpuSecondsOf, expectHeld, favour } from '../support/cpu.ts';
import { Scratch, until } from '../support/pj.ts';
import { eventsOf } from '../support/quotas.ts';
import { heldDomains, removeDomains } from '../support/vms.ts';

const { controllers } = detectCgroups();
const LONG = 240_000;

if (controllers.has('cpu'))
  needs('libvirt', 'guest')('quotas of machines that are enforced', ({ libvirt, guest }) => {
    let pj: Scratch;
    let back: () => void;
    beforeEach(() => {
      back = favour();
      const agent = 'agent: { sampling: { interval: 250ms } }';
      pj = new Scratch({ 'pj.yaml': `name: e${randomBytes(4).toString('hex')}\n${agent}\n` });
      // The users of the engines pass through it.
      chmodSync(pj.dir, 0o711);
    });
    afterEach(async () => {
      back();
      const lineage = pj.lineage();
      await pj.cleanUp();
      await removeDomains(libvirt.uri, lineage);
    });

    const machine = (runtime: 'libvirt' | 'qemu', resources: object) => ({
      applicationId: 'spinner',
      vm: {
        runtime,
        ...(runtime === 'libvirt' ? { uri: libvirt.uri } : {}),
        vcpu: 1,
        memory: '160MiB',
        kernel: guest.kernel,
        initrd: guest.initrd,
        cmdline: guest.commandLine,
        guestAgent: true,
      },
      resources,
      healthCheck: { type: 'engine', interval: '500ms', timeout: '3s', startPeriod: '90s' },
      stop: { gracePeriod: '0s' },
    });
    const write = (runtime: 'libvirt' | 'qemu', resources: object): void =>
      pj.write({ 'spinner.yaml': JSON.stringify(machine(runtime, resources)) });
    const virsh = (...args: string[]): Promise<string> =>
      runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });

    /** A guest that spins is throttled to half of its quota, which is no drift, and gets what the descriptor says as soon as that changes. */
    const isThrottled = async (runtime: 'libvirt' | 'qemu', seconds: () => number | Promise<number>): Promise<void> => {
      const spin = ['sh', '-c', '(while :; do :; done) </dev/null >/dev/null 2>&1 &'];
      await pj.ok(['exec', 'spinner', '--', ...spin]);
      const set = await until('a throttle', () => eventsOf(pj, 'throttle_set')[0], 60_000);
      expect(set).toMatchObject({ workload: 'spinner', data: { resource: 'cpu', to: 0.25 } });
      await expectHeld(0.25, seconds);
      await pj.ok(['plan', '--detailed-exitcode']);
      write(runtime, { cpu: 0.7 });
      expect((await pj.ok(['apply', '--auto-approve'])).stdout).not.toMatch(/restart/);
      const fields = JSON.parse((await pj.ok(['drift', '--json'])).stdout) as unknown;
      expect(JSON.stringify(fields)).not.toContain('/resources/cpu');
      expect(pj.read('.pj/audit.ndjson')).toContain('enforce THROTTLE spinner cpu');
    };
    const quota = { cpu: 0.5, enforcement: { cpu: { action: 'THROTTLE', gracePeriod: 2 } } };

    it('THROTTLE on libvirt: by the quota of the domain', { timeout: LONG }, async () => {
      write('libvirt', quota);
      await pj.ok(['apply', '--auto-approve']);
      const [domain] = await heldDomains(libvirt.uri, pj.lineage());
      const stats = () => virsh('domstats', '--cpu-total', domain?.uuid ?? '');
      await isThrottled('libvirt', async () => Number(/cpu\.time=(\d+)/.exec(await stats())?.[1]) / 1e9);
      expect(await virsh('schedinfo', domain?.uuid ?? '')).toMatch(/global_quota\s*: 70000/);
    });

    it('THROTTLE on QEMU alone: by the group of its process', { timeout: LONG }, async () => {
      write('qemu', quota);
      await pj.ok(['apply', '--auto-approve']);
      const pid = pj.processes().find(({ id }) => id === 'spinner')?.pid ?? 0;
      await isThrottled('qemu', () => cpuSecondsOf(pid));
    });

    it('is refused at plan where it cannot be done, with what to do instead', async () => {
      write('libvirt', { cpu: 0.5, disk: '1GiB', enforcement: { disk: { action: 'THROTTLE' } } });
      const disk = await pj.pj(['plan']);
      expect(disk.stderr).toMatch(/THROTTLE of disk cannot be done[\s\S]*Use NOTIFY, SHUTDOWN or KILL/);
      write('libvirt', { cpu: 0.5, enforcement: { memory: { action: 'NOTIFY' } } });
      expect((await pj.pj(['plan'])).stderr).toMatch(/there is no quota to enforce/);
    });
  });
