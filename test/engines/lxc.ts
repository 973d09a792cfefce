import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { identify } from '../../src/os/identity.ts';
import { forgetStarted, keepStarted } from './daemon.ts';
import { runTool } from './guest/run-tool.ts';
import { folder, place } from './place.ts';
import { archive, httpdRoot } from './root-fs.ts';
import type { Step } from './step.ts';

const BRIDGE = 'lxcbr0';
const NET = '/usr/libexec/lxc/lxc-net';
/** For root's containers with user namespaces: host ids that no account has. */
const SUB_IDS = 'root:500000:65536';

/** LXC's tools, its bridge with addresses from 10.0.3.0/24, and a root for containers. */
export const lxc: Step = {
  name: 'lxc',
  packages: ['lxc', 'dnsmasq-base', 'iptables', 'iproute2', 'uidmap', 'rsync', 'busybox-static'],
  gives: ['lxc'],
  needs: [],
  daemons: ['lxc-net'],
  async up({ session }) {
    for (const file of ['/etc/subuid', '/etc/subgid']) {
      if (!existsSync(file) || !/^root:/m.test(readFileSync(file, 'utf8'))) appendFileSync(file, `${SUB_IDS}\n`);
    }
    if (!bridgeIsUp()) {
      mkdirSync('/var/lib/misc', { recursive: true }); // dnsmasq's leases
      await runTool(NET, ['start'], '/', 30_000);
      if (!bridgeIsUp())
        throw new Error(`${NET} start made no ${BRIDGE}: is USE_LXC_BRIDGE="true" in /etc/default/lxc-net?`);
      const identity = identify(Number(readFileSync('/run/lxc/dnsmasq.pid', 'utf8')));
      if (identity === undefined) throw new Error(`${NET} start left no dnsmasq running`);
      keepStarted('lxc-net', { identity, session });
    }
    const rootfs = place('lxc', 'busybox.tar');
    await archive(rootfs, (root) => httpdRoot(root, '1'));
    return { lxc: { path: folder('lxc', 'containers'), rootfs, bridge: BRIDGE } };
  },
  async down() {
    const path = folder('lxc', 'containers');
    for (const name of readdirSync(path)) {
      await runTool('lxc-destroy', ['-P', path, '-n', name, '-f'], '/', 30_000).catch(() => undefined); // A folder that is no container.
    }
    await runTool(NET, ['stop'], '/', 30_000);
    forgetStarted('lxc-net');
  },
};

const bridgeIsUp = (): boolean => existsSync(`/sys/class/net/${BRIDGE}`);
