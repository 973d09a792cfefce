import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { ask } from './answer.ts';
import { needs } from './engines.ts';
import { runTool } from './guest/run-tool.ts';
import { type LibvirtHost, OwnLibvirts } from './own-libvirt.ts';

/* What tests of migration and of daemons that die build upon. */
needs('libvirt', 'guest')('libvirt hosts of a test', ({ guest }) => {
  test('keep a guest while the daemon is restarted and while it moves, and leave nothing', {
    timeout: 150_000,
  }, async () => {
    const own = await OwnLibvirts.start(2);
    const [one, two] = own.hosts as [LibvirtHost, LibvirtHost];
    const virsh = (host: LibvirtHost, ...args: string[]) =>
      runTool('virsh', ['-q', '-c', host.uri, ...args], '/', 60_000, { LC_ALL: 'C' });
    try {
      const [address, file] = [own.address(20), `${own.shared}/domain.xml`];
      writeFileSync(
        file,
        `<domain type='qemu'>
          <name>moves</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
          <os>
            <type arch='x86_64' machine='pc'>hvm</type><kernel>${guest.kernel}</kernel><initrd>${guest.initrd}</initrd>
            <cmdline>${guest.commandLine} pj.ip=${address}/24</cmdline>
          </os>
          <features><acpi/></features>
          <devices>
            <interface type='bridge'><source bridge='${one.bridge}'/><model type='virtio'/><rom enabled='no'/></interface>
            <serial type='pty'/>
          </devices>
        </domain>`,
      );
      await virsh(one, 'define', file);
      await virsh(one, 'start', 'moves');
      const bootId = async () => {
        for (const deadline = Date.now() + 50_000; Date.now() < deadline; await sleep(100)) {
          const answer = await ask({ host: address }, '/cgi-bin/info', { deadlineMs: 2_000 }).catch(() => undefined);
          if (answer !== undefined) return (JSON.parse(answer.body) as { boot_id: string }).boot_id;
        }
        throw new Error('the guest does not answer');
      };
      const booted = await bootId();
      await own.stopDaemon(one, 'SIGKILL');
      expect(await bootId()).toBe(booted);
      await own.startDaemon(one);
      expect((await virsh(one, 'domstate', 'moves')).trim()).toBe('running');
      await virsh(one, 'migrate', '--live', '--persistent', '--undefinesource', '--unsafe', 'moves', two.uri);
      expect(await bootId()).toBe(booted);
      expect((await virsh(two, 'domstate', 'moves')).trim()).toBe('running');
      expect((await virsh(one, 'list', '--all', '--name')).trim()).toBe('');
    } finally {
      await own.remove();
    }
    expect(await runTool('ip', ['link'], '/', 10_000)).not.toContain(one.namespace);
    expect(await runTool('ip', ['netns'], '/', 10_000)).not.toContain(one.namespace);
  });
});
