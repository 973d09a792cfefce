import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { OwnLibvirts } from '../engines/own-libvirt.ts';
import { freePort, Scratch, until } from '../support/pj.ts';
import { heldDomains, removeDomains } from '../support/vms.ts';

const EMULATOR = 'qemu-system-x86_64';

needs('libvirt', 'guest')('what can go wrong with virtual machines', ({ libvirt, guest }) => {
  const clean: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const one of clean.splice(0).reverse()) await one();
  });
  const virsh = (...args: string[]): Promise<string> =>
    runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });
  const image = (dir: string, name: string, size: string): Promise<string> =>
    runTool('qemu-img', ['create', '-q', '-f', 'qcow2', name, size], dir, 20_000);

  /** A project that the users of the engines may pass through. */
  const project = (uri = libvirt.uri): Scratch => {
    const scratch = new Scratch({ 'pj.yaml': `name: f${randomBytes(4).toString('hex')}\n` });
    chmodSync(scratch.dir, 0o711);
    scratch.env = { ...scratch.env, LIBVIRT_DEFAULT_URI: uri };
    clean.push(async () => {
      const lineage = scratch.lineage();
      await scratch.cleanUp();
      await removeDomains(uri, lineage);
    });
    return scratch;
  };
  const nameOf = (scratch: Scratch): string => /^name: (.*)$/m.exec(scratch.read('pj.yaml'))?.[1] ?? '';
  /** One machine a line; `desiredState: stopped` of those that are not to boot. */
  const machines = (runtime: string, all: Record<string, string>, state = 'running'): string =>
    Object.entries(all)
      .map(([id, vm]) => `applicationId: ${id}\ndesiredState: ${state}\nvm: { runtime: ${runtime}, ${vm} }\n`)
      .join('---\n');
  /** What plan complains of: each machine's, as one line without the excerpt of the descriptor. */
  const complaints = async (scratch: Scratch): Promise<string> => {
    const { stderr } = await scratch.ok(['plan'], {}, 1);
    expect(stderr).not.toMatch(/^\(node|at file:|undefined|\[object/m);
    return stderr.replaceAll(/\n {4,}.*|\n {2}> .*/g, '').replaceAll(/\s+/g, ' ');
  };
  /** A domain that pj has not made. */
  const stranger = async (name: string, devices: string): Promise<void> => {
    const file = join(project().dir, 'stranger.xml');
    writeFileSync(
      file,
      `<domain type='qemu'><name>${name}</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><devices>${devices}</devices></domain>`,
    );
    await virsh('define', file);
    clean.push(() => virsh('undefine', name));
  };
  /** A QEMU that somebody else has started, on that disk. */
  const rival = (disk: string): ChildProcess => {
    const drive = ['-drive', `file=${disk},if=none,id=d`, '-device', 'virtio-blk-pci,drive=d'];
    const child = spawn(EMULATOR, ['-S', '-display', 'none', '-m', '32', '-machine', 'q35', ...drive]);
    clean.push(() => child.kill('SIGKILL'));
    return child;
  };

  it.each(['libvirt', 'qemu'])(
    '%s: what is not there or in use is told at plan, with where, why and how to mend it',
    async (runtime) => {
      const scratch = project();
      const { dir } = scratch;
      await image(dir, 'locked.qcow2', '1M');
      await image(dir, 'base.qcow2', '4M');
      await image(dir, 'shared.qcow2', '1M');
      const port = await freePort();
      const server = createServer().listen(port, '127.0.0.1');
      clean.push(() => server.close());
      const held = rival(join(dir, 'locked.qcow2'));
      const kernel = `kernel: ${guest.kernel}`;
      const all = {
        base: 'disks: [{ path: a.qcow2, baseImage: nowhere.qcow2 }]',
        sizeless: 'disks: [{ path: b.qcow2 }]',
        small: 'disks: [{ path: c.qcow2, size: 1MiB, baseImage: base.qcow2 }]',
        files: 'kernel: boot/vmlinuz, initrd: boot/initrd, cdrom: debian.iso',
        locked: 'disks: [{ path: locked.qcow2 }]',
        one: 'disks: [{ path: shared.qcow2 }]',
        two: 'disks: [{ path: ./shared.qcow2 }]',
        port: `${kernel}, ports: ["127.0.0.1:${port}:80"]`,
        bridge: 'networks: [{ mode: bridge, bridge: nobr0 }]',
        limits: 'networks: [{ inboundKbps: 100 }]',
        seed: `${kernel}, cloudInit: { userDataFile: no.yaml }`,
      };
      scratch.write({ 'all.yaml': machines(runtime, all) });
      await until('the other QEMU to have its disk', async () => {
        const { stderr } = await scratch.pj(['plan']);
        return stderr.includes('in use by another machine');
      });
      const told = await complaints(scratch);
      for (const words of [
        `base: /vm/disks/0/baseImage: ${dir}/nowhere.qcow2 is not there`,
        `sizeless: /vm/disks/0/path: ${dir}/b.qcow2 is not there`,
        'Give it a `size` (or a `baseImage`), and pj makes it.',
        'small: /vm/disks/0/size: its base image is larger: 4 MiB',
        'files: /vm/kernel: boot/vmlinuz is not there',
        'files: /vm/initrd: boot/initrd is not there',
        'files: /vm/cdrom: debian.iso is not there',
        `locked: /vm/disks/0/path: ${dir}/locked.qcow2 is in use by another machine`,
        'one: /vm/disks/0/path: two uses it too',
        `port: /vm/ports/0: port ${port} of the host is in use by`,
        `(pid ${process.pid})`,
        'bridge nobr0',
        'limits: /vm/networks/0',
        'seed: /vm/cloudInit/userDataFile: no.yaml is not there',
      ])
        expect(told).toContain(words);
      // Nothing was made, and nothing is known.
      expect(readdirSync(dir).sort()).not.toContain('a.qcow2');
      expect((await heldDomains(libvirt.uri, scratch.lineage())).length).toBe(0);

      // Mended.
      held.kill('SIGKILL');
      await new Promise((closed) => server.close(closed));
      await image(dir, 'nowhere.qcow2', '1M');
      const mended = { base: all.base, locked: all.locked, one: all.one, port: all.port };
      scratch.write({ 'all.yaml': machines(runtime, mended, 'stopped') });
      await until('the disk to be let go', async () => (await scratch.pj(['plan'])).code === 0);
      await scratch.ok(['apply', '--auto-approve']);
      await scratch.ok(['plan', '--detailed-exitcode']);
    },
    60_000,
  );

  it('libvirt: what others have is told at plan, and strangers are not touched', async () => {
    const scratch = project();
    const { dir } = scratch;
    const name = `${nameOf(scratch)}-taken`;
    const mac = `52:54:00:${randomBytes(3).toString('hex').match(/../g)?.join(':')}`;
    await image(dir, 'theirs.qcow2', '1M');
    const disk = `<disk type='file'><driver name='qemu' type='qcow2'/><source file='${dir}/theirs.qcow2'/><target dev='vda'/></disk>`;
    const card = `<interface type='network'><source network='${libvirt.network}'/><mac address='${mac}'/></interface>`;
    await stranger(name, disk + card);
    const before = await virsh('dumpxml', name);
    // An address in a network that is there and not active.
    const net = `net${randomBytes(3).toString('hex')}`;
    writeFileSync(join(dir, 'net.xml'), `<network><name>${net}</name></network>`);
    await virsh('net-define', join(dir, 'net.xml'));
    clean.push(() => virsh('net-undefine', net));
    mkdirSync(join(dir, 'closed'), { mode: 0o700 });
    chownSync(join(dir, 'closed'), 1, 1);
    const inNet = (more: string) => `networks: [{ name: ${libvirt.network}, mac: "${more}" }]`;
    scratch.write({
      'all.yaml': machines('libvirt', {
        taken: 'disks: [{ path: t.qcow2, size: 1MiB }]',
        disk: 'disks: [{ path: theirs.qcow2 }]',
        mac: inNet(mac.toUpperCase()),
        same: inNet('52:54:00:00:00:01'),
        again: inNet('52:54:00:00:00:01'),
        off: `networks: [{ name: ${net} }]`,
        nonet: 'networks: [{ name: nowhere }]',
        closed: 'disks: [{ path: closed/d.qcow2, size: 1MiB }]',
        kernel: `kernel: closed/vmlinuz`,
      }),
      'closed/vmlinuz': '',
    });
    const told = await complaints(scratch);
    for (const words of [
      `taken: /name: the domain name ${name}, which taken needs, is taken by a domain that pj has not made`,
      `disk: /vm/disks/0/path: the domain ${name} has the disk ${dir}/theirs.qcow2 too`,
      `mac: /vm/networks/0/mac: the domain ${name} has a card with the address ${mac} too`,
      'same: /vm/networks/0/mac: a card of again has the address 52:54:00:00:00:01 too',
      `off: /vm/networks/0: the network ${net} is not active`,
      `Start it: virsh -c ${libvirt.uri} net-start ${net}`,
      `nonet: /vm/networks/0: there is no network nowhere at ${libvirt.uri}`,
      `closed: /vm/disks/0/path: libvirt-qemu, whom libvirt runs guests as, cannot pass ${dir}/closed`,
      `kernel: /vm/kernel: libvirt-qemu, whom libvirt runs guests as, cannot pass ${dir}/closed`,
      `chmod o+x ${dir}/closed`,
    ])
      expect(told).toContain(words);
    await scratch.ok(['apply', '--auto-approve'], {}, 1);
    expect(await virsh('dumpxml', name)).toBe(before);
  });

  it.each(['libvirt', 'qemu'])(
    '%s: no space for a disk: nothing half-made is left, and with room apply carries on',
    async (runtime) => {
      const scratch = project();
      const tiny = join(scratch.dir, 'tiny');
      mkdirSync(tiny);
      await runTool('mount', ['-t', 'tmpfs', '-o', 'size=2m,mode=755', 'tmpfs', tiny], '/', 10_000);
      clean.push(() => runTool('umount', ['-l', tiny], '/', 10_000));
      writeFileSync(join(tiny, 'ballast'), Buffer.alloc(1900 * 1024));
      const vm = { db: 'disks: [{ path: first.qcow2, size: 1MiB }, { path: tiny/second.qcow2, size: 64MiB }]' };
      scratch.write({ 'all.yaml': machines(runtime, vm, 'stopped') });
      const { stdout, stderr } = await scratch.ok(['apply', '--auto-approve'], {}, 1);
      expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain(
        'no space is left to make the disk tiny/second.qcow2 of db',
      );
      expect(stdout + stderr).toContain('PJ5508');
      expect(readdirSync(tiny)).toEqual(['ballast']);
      await scratch.ok(['state', 'list']);
      rmSync(join(tiny, 'ballast'));
      await scratch.ok(['apply', '--auto-approve']);
      await scratch.ok(['plan', '--detailed-exitcode']);
      await scratch.ok(['destroy', '--auto-approve', '--destroy-volumes', '--allow-data-loss']);
      expect(readdirSync(tiny)).toEqual([]);
    },
  );

  it('a guest that never becomes ready: the error has the end of its serial log, and the next apply mends it', async () => {
    const scratch = project();
    const ports = [await freePort(), await freePort()];
    const tiny = join(scratch.dir, 'tiny');
    mkdirSync(tiny);
    await runTool('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=755', 'tmpfs', tiny], '/', 10_000);
    clean.push(() => runTool('umount', ['-l', tiny], '/', 10_000));
    const descriptor = (words: string): string =>
      ['libvirt', 'qemu']
        .map(
          (runtime, i) =>
            `applicationId: on-${runtime}\nvm:\n  runtime: ${runtime}\n  memory: 128MiB\n  kernel: ${guest.kernel}\n  initrd: ${guest.initrd}\n  cmdline: ${guest.commandLine} ${words}\n  disks: [{ path: tiny/${runtime}.qcow2, size: 16MiB }]\n  guestAgent: true\n  ports: ["127.0.0.1:${ports[i]}:80"]\nhealthCheck: { type: http, port: ${ports[i]}, interval: 500ms, timeout: 2s, startPeriod: ${words === '' ? 60 : 20}s, retries: 1 }\nstop: { gracePeriod: 0s }\n`,
        )
        .join('---\n');
    scratch.write({ 'all.yaml': descriptor('pj.http=0') });
    const { stdout, stderr } = await scratch.ok(['apply', '--auto-approve'], {}, 4);
    expect(stdout + stderr).toMatch(/it last put out:[\s\S]*PJ-BOOT-OK/);
    expect(stdout + stderr).not.toContain('\u001b');
    const logs = await scratch.ok(['logs', 'on-libvirt', 'on-qemu']);
    // The ids are as wide as the widest of them.
    for (const id of ['on-libvirt', 'on-qemu'])
      expect(logs.stdout).toMatch(new RegExp(`^${id} +\\| .*PJ-BOOT-OK`, 'm'));
    expect(logs.stdout).not.toMatch(/\r|\p{Cc}\[/u);
    scratch.write({ 'all.yaml': descriptor('') });
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);

    // Once up they fill their disks, for which there is no space: they are paused until there is.
    const fill =
      '(sleep 3; dd if=/dev/urandom of=/dev/vda bs=64k count=80 oflag=direct; touch /tmp/filled) >/dev/null 2>&1 &';
    for (const id of ['on-libvirt', 'on-qemu']) await scratch.ok(['exec', id, '--', 'sh', '-c', fill]);
    const told = await until('both to be paused', async () => {
      const { stdout: drift } = await scratch.pj(['drift']);
      return drift.split('is there no space left for it?').length === 3 && drift;
    });
    expect(told).toContain('a disk could not be written to or read');
    await runTool('mount', ['-o', 'remount,size=40m', tiny], '/', 10_000);
    await scratch.ok(['apply', '--auto-approve']);
    for (const id of ['on-libvirt', 'on-qemu'])
      await until(`${id} to go on`, async () => (await scratch.pj(['exec', id, '--', 'ls', '/tmp/filled'])).code === 0);
    await scratch.ok(['plan', '--detailed-exitcode']);
  }, 180_000);

  it('libvirt is killed in mid-apply: guests run on, and when it is back apply finds them and carries on', async () => {
    const own = await OwnLibvirts.start(1);
    clean.push(() => own.remove());
    const [host] = own.hosts;
    if (host === undefined) throw new Error('no host');
    const scratch = project(host.socketUri);
    const first = `applicationId: first\nvm: { runtime: libvirt, memory: 128MiB, kernel: ${guest.kernel}, initrd: ${guest.initrd}, cmdline: ${guest.commandLine}, guestAgent: true }\nhealthCheck: { type: engine, interval: 500ms, timeout: 3s, startPeriod: 60s }\nstop: { gracePeriod: 0s }\n`;
    scratch.write({ 'first.yaml': first });
    await scratch.ok(['apply', '--auto-approve']);
    const boot = () => scratch.ok(['exec', 'first', '--', 'cat', '/proc/sys/kernel/random/boot_id']);
    const booted = (await boot()).stdout;
    // They find nothing to boot from, and idle.
    const many = Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [`m${i}`, `memory: 32MiB, disks: [{ path: m${i}.qcow2, size: 1MiB }]`]),
    );
    scratch.write({ 'many.yaml': machines('libvirt', many) });
    const run = scratch.start(['apply', '--auto-approve', '--parallelism', '2']);
    await until('some of them to be there', async () => {
      const { stdout } = {
        stdout: await runTool('virsh', ['-q', '-c', host.socketUri, 'list', '--name'], '/', 30_000),
      };
      return stdout.split('\n').filter((name) => name.includes('-m')).length >= 2;
    });
    await own.stopDaemon(host, 'SIGKILL');
    const ran = await run.done;
    expect([1, 4]).toContain(ran.code);
    expect(ran.stdout + ran.stderr).toContain('PJ5506');
    await scratch.ok(['state', 'list']);
    // It is not taken for gone.
    const planned = await scratch.ok(['plan'], {}, 1);
    expect(planned.stderr).toContain(host.socketUri);
    await own.startDaemon(host);
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);
    const held = await heldDomains(host.socketUri, scratch.lineage());
    expect(held.map(({ workload, state }) => `${workload} ${state}`).sort()).toEqual(
      ['first', ...Object.keys(many)].map((id) => `${id} running`).sort(),
    );
    expect((await boot()).stdout).toBe(booted);
    await scratch.ok(['destroy', '--auto-approve']);
  }, 180_000);
});
