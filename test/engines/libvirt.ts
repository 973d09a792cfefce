import { chmodSync, chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { identify } from '../../src/os/identity.ts';
import { forgetStarted, keepStarted, ourDaemon, startDaemon, stopDaemon } from './daemon.ts';
import { runTool } from './guest/run-tool.ts';
import { place } from './place.ts';
import type { Step } from './step.ts';

const URI = 'qemu:///system';
const NETWORK = 'pj-nat';
const BRIDGE = 'virbr-pj';
const GATEWAY = '192.168.150.1';

/** A guest gets its address at once: by default its bridge would wait 4 s (STP), and dnsmasq 3 s for an answer to its ping. */
const NETWORK_XML = `<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
  <name>${NETWORK}</name>
  <forward mode='nat'/>
  <bridge name='${BRIDGE}' stp='off' delay='0'/>
  <ip address='${GATEWAY}' netmask='255.255.255.0'>
    <dhcp><range start='192.168.150.10' end='192.168.150.200'/></dhcp>
  </ip>
  <dnsmasq:options><dnsmasq:option value='no-ping'/></dnsmasq:options>
</network>
`;

/** libvirt: whoever answers there already, or our own daemons; and a network with addresses. */
export const libvirt: Step = {
  name: 'libvirt',
  packages: [
    ...['libvirt-daemon-system', 'libvirt-clients', 'qemu-system-x86', 'qemu-utils', 'ovmf'],
    ...['dnsmasq-base', 'iptables', 'iproute2', 'kmod', 'genisoimage'],
  ],
  gives: ['libvirt'],
  needs: [],
  daemons: ['libvirtd', 'virtlogd', 'libvirt-net'],
  async up({ session }) {
    openKvm();
    if (!(await answersNow())) await startDaemons(session);
    if (!(await names('net-list', '--all')).includes(NETWORK)) {
      const file = place('libvirt', 'network.xml');
      writeFileSync(file, NETWORK_XML);
      await virsh('net-define', file);
    }
    if (!(await names('net-list')).includes(NETWORK)) {
      await virsh('net-start', NETWORK);
      // Its DHCP server stands for the network, also where the daemon is somebody else's.
      const identity = identify(Number(readFileSync(`/run/libvirt/network/${NETWORK}.pid`, 'utf8')));
      if (identity === undefined) throw new Error(`virsh net-start ${NETWORK} left no dnsmasq running`);
      keepStarted('libvirt-net', { identity, session });
    }
    return { libvirt: { uri: URI, network: NETWORK, bridge: BRIDGE, gateway: GATEWAY } };
  },
  async down() {
    const ours = ourDaemon('libvirtd') !== undefined;
    // Guests and networks outlive the daemon.
    if (ours) for (const domain of await names('list')) await virsh('destroy', domain);
    if (ourDaemon('libvirt-net') !== undefined) {
      await virsh('net-destroy', NETWORK);
      await virsh('net-undefine', NETWORK);
      forgetStarted('libvirt-net');
    }
    if (ours) for (const network of await names('net-list')) await virsh('net-destroy', network);
    await stopDaemon('libvirtd', 15_000);
    await stopDaemon('virtlogd', 5_000);
  },
};

/**
 * Gives /dev/kvm to its group, as udev does where it runs. As long as root may open it and libvirt's QEMU may not, libvirt takes what it
 * knows of QEMU for outdated and looks again at every call, for 8 s.
 */
function openKvm(): void {
  const group = /^kvm:[^:]*:(\d+):/m.exec(readFileSync('/etc/group', 'utf8'))?.[1];
  if (group === undefined || !existsSync('/dev/kvm') || existsSync('/run/udev/control')) return;
  chownSync('/dev/kvm', 0, Number(group));
  chmodSync('/dev/kvm', 0o660);
}

async function startDaemons(session: string): Promise<void> {
  const socket = '/run/libvirt/virtlogd-sock';
  const lives = await runTool('virt-admin', ['-c', 'virtlogd:///system', 'uri'], '/', 5_000).then(
    () => true,
    () => false,
  );
  if (!lives) {
    await startDaemon({
      name: 'virtlogd',
      file: 'virtlogd',
      args: [],
      session,
      ready: async () => existsSync(socket),
      deadlineMs: 15_000,
    });
  }
  // The first time it looks at all that QEMU can do, for 8 s.
  await startDaemon({ name: 'libvirtd', file: 'libvirtd', args: [], session, ready: answersNow, deadlineMs: 120_000 });
}

const virsh = (...args: string[]): Promise<string> =>
  runTool('virsh', ['-q', '-c', URI, ...args], '/', 60_000, { LC_ALL: 'C' });

const names = async (...list: string[]): Promise<string[]> =>
  (await virsh(...list, '--name')).split('\n').filter((name) => name !== '');

const answersNow = (): Promise<boolean> =>
  virsh('version').then(
    () => true,
    () => false,
  );
