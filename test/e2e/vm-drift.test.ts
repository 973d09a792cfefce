import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { freePort, Scratch, until } from '../support/pj.ts';
import { heldDomains, removeDomains } from '../support/vms.ts';

needs('libvirt', 'guest')('machines that somebody else changes', ({ libvirt, guest }) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    const lineage = pj?.lineage();
    await pj?.cleanUp();
    await removeDomains(libvirt.uri, lineage);
    pj = undefined;
  });
  const virsh = (...args: string[]): Promise<string> =>
    runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });
  const open = (files: Record<string, string>): Scratch => {
    pj = new Scratch({ 'pj.yaml': `name: d${randomBytes(4).toString('hex')}\n`, ...files });
    // The users of the engines pass through it.
    chmodSync(pj.dir, 0o711);
    return pj;
  };
  /** What drift tells, and the steps that plan would take. */
  const drift = async (scratch: Scratch): Promise<{ told: string; steps: string[] }> => {
    const { stdout } = await scratch.ok(['drift'], {}, 2);
    const plan = (await scratch.ok(['plan'])).stdout;
    const steps = [...plan.matchAll(/^ {2}\d+\. (.*)$/gm)].map(([, step]) => step ?? '');
    return { told: stdout.replaceAll(/\s+/g, ' '), steps };
  };
  const heal = async (scratch: Scratch): Promise<void> => {
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);
  };

  it('on libvirt: each is told, and healed while the guest runs where that can be', async () => {
    const NET = `{ name: ${libvirt.network} }`;
    const DROP = '[{ action: drop, protocol: tcp, port: 80 }]';
    // Otherwise the agent starts what somebody else has destroyed before drift has looked.
    const rest = (cpu: number): string => `restart: { policy: no }
resources: { cpu: ${cpu} }
healthCheck: { type: engine, interval: 500ms, timeout: 3s, startPeriod: 60s }
stop: { gracePeriod: 0s }
`;
    const machine = ({ cpu = 0.9, firewall = '[]', disks = '', networks = NET } = {}): string =>
      `applicationId: db
vm:
  runtime: libvirt
  uri: ${libvirt.uri}
  vcpu: 1
  memory: 160MiB
  kernel: ${guest.kernel}
  initrd: ${guest.initrd}
  cmdline: ${guest.commandLine}
  disks: [{ path: a.qcow2, size: 16MiB }${disks}]
  networks: [${networks}]
  guestAgent: true
  firewall: ${firewall}
${rest(cpu)}`;
    // The dialect of platform-java.
    const scratch = open({
      'db.yaml': `applicationId: db
properties:
  vm.runtime: libvirt
  vm.uri: ${libvirt.uri}
  vm.vcpu: "1"
  vm.memory: "160"
  vm.kernel: ${guest.kernel}
  vm.initrd: ${guest.initrd}
  vm.cmdline: ${guest.commandLine}
  vm.disk: a.qcow2
  vm.disk.size: 16MiB
  vm.network.name: ${libvirt.network}
  vm.guestAgent: "true"
${rest(0.9)}`,
    });
    await scratch.ok(['apply', '--auto-approve']);
    scratch.write({ 'db.yaml': machine().replace('  firewall: []\n', '') });
    await scratch.ok(['plan', '--detailed-exitcode']);
    const held = async () => {
      const [one, ...others] = await heldDomains(libvirt.uri, scratch.lineage());
      expect(others).toEqual([]);
      if (one === undefined) throw new Error('there is no domain');
      return one;
    };
    const inGuest = async (script: string): Promise<string> =>
      (await scratch.ok(['exec', 'db', '--', 'sh', '-c', script])).stdout.trim();
    const boot = () => inGuest('cat /proc/sys/kernel/random/boot_id');
    const memory = async (): Promise<number> => Number(/\d+/.exec(await inGuest('grep MemTotal /proc/meminfo'))?.[0]);
    const { uuid, name } = await held();
    const booted = await boot();
    const status = JSON.parse((await scratch.ok(['status', '--json'])).stdout) as unknown;
    const address = /192\.168\.\d+\.\d+/.exec(JSON.stringify(status))?.[0] ?? '';
    const answers = (): Promise<boolean> =>
      fetch(`http://${address}/cgi-bin/info`, { signal: AbortSignal.timeout(1500) }).then(
        ({ ok }) => ok,
        () => false,
      );

    // What the descriptor changes while it runs: a firewall, a share of the processor, a disk, a second card.
    expect(await until('the guest to answer', answers)).toBe(true);
    const disks = ', { path: b.qcow2, size: 16MiB }';
    scratch.write({ 'db.yaml': machine({ cpu: 0.5, firewall: DROP, disks, networks: `${NET}, ${NET}` }) });
    await heal(scratch);
    expect(await answers()).toBe(false);
    expect(await virsh('schedinfo', uuid)).toMatch(/global_quota\s*: 50000/);
    expect(await inGuest('ls /dev/vdb /sys/class/net')).toBe('/dev/vdb\n\n/sys/class/net:\neth0\neth1\nlo');
    scratch.write({ 'db.yaml': machine({ cpu: 0.5, disks }) });
    await heal(scratch);
    expect(await until('the guest to answer again', answers)).toBe(true);
    expect(await inGuest('ls /sys/class/net')).toBe('eth0\nlo');

    // What somebody else changes while it runs.
    const card = /<mac address=["']([^"']+)/.exec((await held()).xml)?.[1] ?? '';
    await virsh('detach-disk', uuid, 'vdb', '--live');
    await virsh('detach-interface', uuid, 'network', '--mac', card, '--live');
    await virsh('setmem', uuid, '100M', '--live');
    await virsh('schedinfo', uuid, '--live', '--set', 'global_quota=-1');
    await virsh('autostart', uuid);
    await until('the guest to give back memory', async () => (await memory()) < 110_000);
    // libvirt hears of it once a second.
    const known = async () => Number(/<currentMemory[^>]*>(\d+)/.exec((await held()).xml)?.[1]);
    await until('libvirt to know', async () => (await known()) < 150_000);
    const changed = await drift(scratch);
    expect(changed.told).toMatch(/path = "b.qcow2" -> null/);
    expect(changed.told).toMatch(/memory = 167772160 -> \d+ # 160 MiB/);
    expect(changed.told).toMatch(/networks = \[ ~ \{ - name/);
    expect(changed.told).toContain('cpu = 0.5 -> 0');
    expect(changed.steps).toEqual(['update db']);
    await heal(scratch);
    expect(await memory()).toBeGreaterThan(120_000);
    expect(await inGuest('ls /dev/vdb /sys/class/net')).toBe('/dev/vdb\n\n/sys/class/net:\neth0\nlo');
    expect(await boot()).toBe(booted);

    await virsh('suspend', uuid);
    const paused = await drift(scratch);
    expect(paused.told).toContain('desiredState = "paused"');
    expect(paused.steps).toEqual(['resume db']);
    await heal(scratch);
    expect(await boot()).toBe(booted);

    // Powered off, and redefined under another name with less.
    await virsh('destroy', uuid);
    const off = await drift(scratch);
    expect(off.told).toMatch(
      /stopped outside pj (just now|\d+ s ago): it was powered off \(destroyed\) by somebody else/,
    );
    expect(off.steps).toEqual(['start db', 'wait db']);
    const xml = await virsh('dumpxml', uuid);
    await virsh('undefine', uuid);
    const gone = await drift(scratch);
    expect(gone.told).toContain('1 gone');
    expect(gone.steps).toEqual(['create db', 'start db', 'wait db']);
    scratch.write({ 'x.xml': xml.replace(`<name>${name}<`, `<name>${name}-x<`).replaceAll('>163840<', '>131072<') });
    await virsh('define', `${scratch.dir}/x.xml`);
    const redefined = await drift(scratch);
    expect(redefined.told).toContain('memory = 167772160 -> 134217728 # 160 MiB -> 128 MiB');
    expect(redefined.steps).toEqual(['update db', 'start db', 'wait db']);
    await heal(scratch);
    expect(await held()).toMatchObject({ uuid, name: `${name}-x`, state: 'running' });

    // The guest switches itself off: of one that is to run that is a fault.
    await scratch.pj(['exec', 'db', '--', 'poweroff', '-f']);
    await until('the guest to be off', async () => (await held()).state === 'shut off');
    const left = await drift(scratch);
    expect(left.told).toMatch(/stopped outside pj (just now|\d+ s ago): the guest switched itself off/);
    expect(left.steps).toEqual(['start db', 'wait db']);
  }, 240_000);

  it('on both: one that runs once is done when the guest switches itself off, any other is started again', async () => {
    const port = await freePort();
    const vm = (id: string, runtime: string, more: string): string =>
      `applicationId: ${id}
vm:
  runtime: ${runtime}
  memory: 128MiB
  kernel: ${guest.kernel}
  initrd: ${guest.initrd}
  cmdline: ${guest.commandLine} pj.agent=0 pj.acpi=0 pj.exit=1
${more}stop: { gracePeriod: 0s }
`;
    const scratch = open({
      'all.yaml': [
        vm('once-libvirt', 'libvirt', '  runStrategy: once\n'),
        vm('once-qemu', 'qemu', '  runStrategy: once\n'),
        vm('serves', 'qemu', `  ports: ["127.0.0.1:${port}:80"]\nrestart: { policy: no }\n`),
      ].join('---\n'),
    });
    await scratch.ok(['apply', '--auto-approve'], { LIBVIRT_DEFAULT_URI: libvirt.uri });
    const states = async (): Promise<string> => (await scratch.ok(['status'])).stdout;
    await until('all to be off', async () => !(await states()).includes('running'), 60_000);
    const { told, steps } = await drift(scratch);
    expect(told).toMatch(/serves.*the guest switched itself off/);
    expect(told).not.toMatch(/once-\w+ has/);
    expect(steps).toEqual(['start serves']);
  }, 180_000);
});
