import { spawn } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isAlive, type ProcessIdentity } from '../../src/os/identity.ts';
import { signalOne } from '../../src/os/process.ts';
import { runTool } from './guest/run-tool.ts';

/** What the daemons of this machine have found out about QEMU: it takes each new one 8 s. */
const KNOWN = '/var/cache/libvirt/qemu/capabilities';

/** One libvirt that takes itself for a machine of its own. */
export interface LibvirtHost {
  /** As itself and the others call it. */
  name: string;
  /** Of the bridge, in the network that all hosts share with this machine. */
  address: string;
  /** `qemu+tcp://…`: for other hosts too. */
  uri: string;
  /** By its Unix socket. */
  socketUri: string;
  socket: string;
  /** Where its guests plug in; it has the same name on every host. */
  bridge: string;
  /** Network namespace. */
  namespace: string;
  /** For disks of its own: the daemon sees it under this path and as /var/lib/libvirt/images, which is another folder on every host. */
  images: string;
}

interface Running {
  host: LibvirtHost;
  dir: string;
  /** This machine's end of its cable. */
  cable: string;
  daemon: ProcessIdentity | undefined;
}

/**
 * Libvirt hosts of a test's own, which it may kill, restart and cut off: each a daemon in its own network, mount and host name
 * namespaces, all on one bridge. There is no DHCP: a guest takes an address of `address(n)` by itself, which migration keeps.
 */
export class OwnLibvirts {
  readonly dir: string;
  /** For disks that all hosts see, under the same path as this process. */
  readonly shared: string;
  /** This machine in the network of the hosts. */
  readonly gateway: string;
  private readonly bridge: string;
  private readonly subnet: string;
  private readonly running: Running[] = [];

  private constructor(subnet: string) {
    const id = randomBytes(3).toString('hex');
    // Sockets need short paths, and interfaces names of at most 15 characters.
    this.dir = mkdtempSync('/var/tmp/pjl-');
    chmodSync(this.dir, 0o755);
    this.shared = join(this.dir, 'shared');
    this.bridge = `pjl${id}`;
    this.subnet = subnet;
    this.gateway = this.address(254);
  }

  /** Brings `count` hosts up, up to 9. */
  static async start(count: number): Promise<OwnLibvirts> {
    const own = new OwnLibvirts(await freeSubnet());
    try {
      mkdirSync(own.shared);
      await own.connect(count);
      await Promise.all(own.running.map((one) => own.launch(one)));
      return own;
    } catch (thrown) {
      await own.remove();
      throw thrown;
    }
  }

  get hosts(): readonly LibvirtHost[] {
    return this.running.map(({ host }) => host);
  }

  /** The hosts have 1 to 9, this machine 254; the others are for guests. The network is a /24. */
  address(n: number): string {
    return `${this.subnet}.${n}`;
  }

  /** Ends a host's daemon, at once with SIGKILL; its guests run on. */
  async stopDaemon(host: LibvirtHost, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const one = this.of(host);
    if (one.daemon !== undefined) await end(one.daemon, signal);
  }

  /** Starts the daemon of a host again; its guests are the same. */
  startDaemon(host: LibvirtHost): Promise<void> {
    return this.launch(this.of(host));
  }

  /** Ends a host's daemon and guests, as a power failure does. */
  async powerOff(host: LibvirtHost): Promise<void> {
    await this.stopDaemon(host, 'SIGKILL');
    const pids = (await this.run('ip', 'netns', 'pids', host.namespace)).split('\n').map(Number);
    const ours = pids.flatMap((pid) => (pid > 0 ? (identify(pid) ?? []) : []));
    await Promise.all(ours.map((identity) => end(identity, 'SIGKILL')));
  }

  /** Cuts a host off from this machine and the others, or connects it again. */
  async setCable(host: LibvirtHost, state: 'up' | 'down'): Promise<void> {
    await this.run('ip', 'link', 'set', this.of(host).cable, state);
  }

  /** Ends all of it and leaves nothing. Never throws: it is for the end of tests, failed ones too. */
  async remove(): Promise<void> {
    for (const { host, cable } of this.running) {
      await this.powerOff(host).catch(() => undefined);
      await this.run('ip', 'link', 'delete', cable).catch(() => undefined);
      await this.run('ip', 'netns', 'delete', host.namespace).catch(() => undefined);
    }
    await this.run('iptables', '-w', '10', '-D', 'FORWARD', ...this.between()).catch(() => undefined);
    await this.run('ip', 'link', 'delete', this.bridge).catch(() => undefined);
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Makes the bridge, and a host at the end of each cable. */
  private async connect(count: number): Promise<void> {
    await this.run('ip', 'link', 'add', this.bridge, 'type', 'bridge');
    await this.run('ip', 'address', 'add', `${this.gateway}/24`, 'dev', this.bridge);
    await this.run('ip', 'link', 'set', this.bridge, 'up');
    // Docker lets nothing pass between the ports of a bridge.
    await this.run('iptables', '-w', '10', '-I', 'FORWARD', '1', ...this.between());
    for (let n = 1; n <= count; n++) await this.plug(n);
    const names = this.hosts.map(({ address, name }) => `${address} ${name}\n`);
    writeFileSync(join(this.dir, 'hosts'), `127.0.0.1 localhost\n${names.join('')}`);
    writeFileSync(join(this.dir, 'resolv.conf'), '');
  }

  private async plug(n: number): Promise<void> {
    const namespace = `${this.bridge}-${n}`;
    const dir = join(this.dir, String(n));
    const address = this.address(n);
    const socket = join(dir, 'run/libvirt-sock');
    const host: LibvirtHost = {
      name: namespace,
      address,
      uri: `qemu+tcp://${address}/system`,
      socketUri: `qemu+unix:///system?socket=${socket}`,
      socket,
      bridge: 'br0',
      namespace,
      images: join(dir, 'lib/images'),
    };
    const inside = (...args: string[]) => this.run('ip', '-n', namespace, ...args);
    this.running.push({ host, dir, cable: namespace, daemon: undefined });
    await this.run('ip', 'netns', 'add', namespace);
    await this.run('ip', 'link', 'add', namespace, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await this.run('ip', 'link', 'set', namespace, 'master', this.bridge, 'up');
    await inside('link', 'set', 'lo', 'up');
    await inside('link', 'add', 'br0', 'type', 'bridge');
    await inside('link', 'set', 'eth0', 'master', 'br0', 'up');
    await inside('link', 'set', 'br0', 'up');
    await inside('address', 'add', `${address}/24`, 'dev', 'br0');
    await inside('route', 'add', 'default', 'via', this.gateway);
    for (const name of ['run', 'lib/images', 'etc/qemu/networks', 'log/qemu', 'cache/qemu'])
      mkdirSync(join(dir, name), { recursive: true });
    if (existsSync(KNOWN))
      cpSync(KNOWN, join(dir, 'cache/qemu/capabilities'), { recursive: true, preserveTimestamps: true });
    writeFileSync(join(dir, 'etc/libvirtd.conf'), daemonConfig(address));
    writeFileSync(join(dir, 'etc/qemu.conf'), qemuConfig(address));
  }

  private async launch(one: Running): Promise<void> {
    const { host, dir } = one;
    const out = openSync(join(dir, 'out'), 'a');
    const child = spawn(
      'nsenter',
      [
        ...[`--net=/run/netns/${host.namespace}`, 'unshare', '--mount', '--uts', '--propagation', 'private'],
        ...['sh', '-ec', LAUNCH, 'libvirtd', this.dir, dir, host.name],
      ],
      { cwd: '/', detached: true, stdio: ['ignore', out, out] },
    );
    closeSync(out);
    child.unref();
    one.daemon = identify(child.pid ?? 0);
    for (const deadline = Date.now() + 60_000; !(await answers(host.uri)); await sleep(100)) {
      if (one.daemon !== undefined && isAlive(one.daemon) && Date.now() < deadline) continue;
      const said = ['out', 'log/libvirtd.log'].map((name) => join(dir, name)).filter((file) => existsSync(file));
      throw new Error(
        `libvirtd does not answer:\n${said.map((file) => readFileSync(file, 'utf8').slice(-800)).join('')}`,
      );
    }
  }

  private of(host: LibvirtHost): Running {
    const found = this.running.find((one) => one.host.name === host.name);
    if (found === undefined) throw new Error(`${host.name} is not one of these hosts`);
    return found;
  }

  private between(): string[] {
    return ['-i', this.bridge, '-o', this.bridge, '-j', 'ACCEPT'];
  }

  private run(file: string, ...args: string[]): Promise<string> {
    return runTool(file, args, '/', 20_000);
  }
}

/**
 * Replaces itself by the daemon, which keeps the process id. Its /sys has the interfaces of its own network. Without the last two files each call
 * waits 10 s for name servers.
 */
const LAUNCH = `all=$1 own=$2
hostname "$3"
mkdir -p /run/libvirt /var/cache/libvirt /var/log/libvirt
mount -t sysfs sysfs /sys
mount --bind "$own/run" /run/libvirt
mount --bind "$own/lib" /var/lib/libvirt
mount --bind "$own/etc" /etc/libvirt
mount --bind "$own/log" /var/log/libvirt
mount --bind "$own/cache" /var/cache/libvirt
mount --bind "$all/hosts" /etc/hosts
mount --bind "$all/resolv.conf" /etc/resolv.conf
exec libvirtd --listen --config /etc/libvirt/libvirtd.conf --pid-file "$own/libvirtd.pid"`;

/** Anyone in the network of the hosts may do all: it is theirs alone. */
const daemonConfig = (address: string): string => `host_uuid = "${crypto.randomUUID()}"
listen_tls = 0
listen_tcp = 1
listen_addr = "${address}"
auth_tcp = "none"
auth_unix_rw = "none"
unix_sock_rw_perms = "0770"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
`;

/** Files belong to several hosts at once, and so would a control group of a guest's name: libvirt must touch neither. */
const qemuConfig = (address: string): string => `user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
stdio_handler = "file"
security_driver = "none"
namespaces = []
cgroup_controllers = []
migration_address = "${address}"
migration_host = "${address}"
`;

const answers = (uri: string): Promise<boolean> =>
  runTool('virsh', ['-q', '-c', uri, 'version'], '/', 30_000).then(
    () => true,
    () => false,
  );

/** The first three numbers of a network that nobody has. */
async function freeSubnet(): Promise<string> {
  const taken = await runTool('ip', ['-4', 'route', 'show', 'table', 'all'], '/', 10_000);
  for (;;) {
    const subnet = `10.${randomInt(64, 128)}.${randomInt(256)}`;
    if (!taken.includes(` ${subnet}.`)) return subnet;
  }
}

async function end(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (isAlive(identity)) signalOne(identity, signal);
  for (const deadline = Date.now() + 30_000; isAlive(identity); await sleep(50)) {
    if (Date.now() > deadline) throw new Error(`process ${identity.pid} does not end`);
  }
}
