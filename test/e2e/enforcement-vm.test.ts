import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { cpuSecondsOf, expectHeld, favour } from '../support/cpu.ts';
import { Scratch, until } from '../support/pj.ts';
import { eventsOf, figure } from '../support/quotas.ts';
import { heldDomains, removeDomains } from '../support/vms.ts';

const { controllers } = detectCgroups();
const LONG = 240_000;
const APPLY = ['apply', '--auto-approve'];

if (controllers.has('cpu'))
  needs('libvirt', 'guest')('quotas of machines that are enforced', ({ libvirt, guest }) => {
    let pj: Scratch;
    let back: () => void;
    beforeEach(() => {
      back = favour();
      const agent = 'agent: { sampling: { interval: 200ms } }';
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
        disks: [{ path: `${runtime}.qcow2`, size: '64MiB' }],
      },
      restart: { policy: 'always', delay: '100ms' },
      resources,
      healthCheck: { type: 'engine', interval: '500ms', timeout: '3s', startPeriod: '90s' },
      stop: { gracePeriod: '0s' },
    });
    const write = (runtime: 'libvirt' | 'qemu', resources: object): void =>
      pj.write({
        'spinner.yaml': JSON.stringify(machine(runtime, resources)),
        'front.yaml': 'applicationId: front\nnative: { command: sleep, args: ["100000"] }\ndependencies: [spinner]\n',
      });
    const virsh = (...args: string[]): Promise<string> =>
      runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });

    const cpu = (quota: number, action: string) => ({ cpu: quota, enforcement: { cpu: { action, gracePeriod: 2 } } });
    const inGuest = (script: string) => pj.ok(['exec', 'spinner', '--', 'sh', '-c', script]);
    const spin = () => inGuest('(while :; do :; done) </dev/null >/dev/null 2>&1 &');
    const status = async (id: string): Promise<{ state: string; lastError?: string }> =>
      JSON.parse((await pj.ok(['status', id, '--json'])).stdout).workloads?.[0];
    const done = async (action: string, hog: string, runtime: string) => {
      const event = await until(
        `${action} of a ${hog}`,
        () => eventsOf(pj, 'quota_action').find(({ data }) => data?.['ok'] === true && data['action'] === action),
        60_000,
      );
      figure(runtime, action, hog, event.message);
      return event;
    };

    /** One machine after the other action; `seconds`: of cpu that it has had. */
    const breaks = async (runtime: 'libvirt' | 'qemu', seconds: () => number | Promise<number>): Promise<void> => {
      await spin();
      expect(await done('NOTIFY', 'spinner', runtime)).toMatchObject({
        workload: 'spinner',
        data: { resource: 'cpu' },
      });
      write(runtime, cpu(0.5, 'THROTTLE'));
      expect((await pj.ok(APPLY)).stdout).not.toMatch(/restart/);
      const set = await until('a throttle', () => eventsOf(pj, 'throttle_set')[0], 60_000);
      expect(set).toMatchObject({ workload: 'spinner', data: { resource: 'cpu', to: 0.25 } });
      figure(runtime, 'THROTTLE', 'spinner', `${(await expectHeld(0.25, seconds)).toFixed(4)} cores of 0.25`);
      await pj.ok(['plan', '--detailed-exitcode']);
      expect(pj.read('.pj/audit.ndjson')).toContain('enforce THROTTLE spinner cpu');
      write(runtime, { cpu: 0.7 });
      expect((await pj.ok(APPLY)).stdout).not.toMatch(/restart/);
      expect((await pj.ok(['drift', '--json'])).stdout).not.toContain('/resources/cpu');
    };
    /** What is ended stays so until the next apply. */
    const ends = async (runtime: 'libvirt' | 'qemu'): Promise<void> => {
      write(runtime, cpu(0.7, 'KILL'));
      await pj.ok(APPLY);
      await done('KILL', 'spinner', runtime);
      const { state, lastError } = await status('spinner');
      expect([state, lastError]).toEqual(['FAILED', expect.stringMatching(/quota enforcement \(KILL\): cpu: /)]);
      const disk = { disk: '16MiB', enforcement: { disk: { action: 'SHUTDOWN', gracePeriod: 2 } } };
      write(runtime, { cpu: 0.9, ...disk });
      await pj.ok(APPLY);
      expect((await status('spinner')).state).toBe('RUNNING');
      await inGuest('dd if=/dev/urandom of=/dev/vda bs=1M count=30 conv=fsync </dev/null >/dev/null 2>&1 &');
      expect((await done('SHUTDOWN', 'disk filler', runtime)).data).toMatchObject({ also: ['front'] });
      const stopped = eventsOf(pj, 'step_complete').filter(({ data }) => data?.['action'] === 'stop');
      expect(stopped.map(({ workload }) => workload).slice(-2)).toEqual(['front', 'spinner']);
      expect([(await status('front')).state, (await status('spinner')).state]).toEqual(['STOPPED', 'STOPPED']);
      expect((await pj.ok(['plan', '--detailed-exitcode'], {}, 2)).stdout).toMatch(/the agent \(quota enforcement/);
    };

    it('every action on libvirt; THROTTLE by the quota of the domain', { timeout: LONG }, async () => {
      write('libvirt', cpu(0.5, 'NOTIFY'));
      await pj.ok(APPLY);
      const [domain] = await heldDomains(libvirt.uri, pj.lineage());
      const stats = () => virsh('domstats', '--cpu-total', domain?.uuid ?? '');
      await breaks('libvirt', async () => Number(/cpu\.time=(\d+)/.exec(await stats())?.[1]) / 1e9);
      expect(await virsh('schedinfo', domain?.uuid ?? '')).toMatch(/global_quota\s*: 70000/);
      await ends('libvirt');
    });

    it('every action on QEMU alone; THROTTLE by the group of its process', { timeout: LONG }, async () => {
      write('qemu', cpu(0.5, 'NOTIFY'));
      await pj.ok(APPLY);
      const pid = pj.processes().find(({ id }) => id === 'spinner')?.pid ?? 0;
      await breaks('qemu', () => cpuSecondsOf(pid));
      await ends('qemu');
    });

    it('is refused at plan where it cannot be done, with what to do instead', async () => {
      write('libvirt', { cpu: 0.5, disk: '1GiB', enforcement: { disk: { action: 'THROTTLE' } } });
      const disk = await pj.pj(['plan']);
      expect(disk.stderr).toMatch(/THROTTLE of disk cannot be done[\s\S]*Use NOTIFY, SHUTDOWN or KILL/);
      write('libvirt', { cpu: 0.5, enforcement: { memory: { action: 'NOTIFY' } } });
      expect((await pj.pj(['plan'])).stderr).toMatch(/there is no quota to enforce/);
    });
  });
