import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { freePort } from '../support/pj.ts';
import { ask, tell } from './answer.ts';
import { needs } from './engines.ts';
import { runTool } from './guest/run-tool.ts';

/* One real thing done with each engine: what the other tests build upon. */
const unique = () => `pj-smoke-${randomUUID().slice(0, 8)}`;
const json = { 'Content-Type': 'application/json' };

/** Runs a container to its end through the API that Docker and Podman share; gives what it printed. */
async function run(socket: string, spec: object): Promise<string> {
  const [address, name] = [{ socket }, unique()];
  const patience = { deadlineMs: 25_000 };
  try {
    const body = JSON.stringify({ Tty: true, ...spec });
    await tell(address, `/v1.41/containers/create?name=${name}`, { method: 'POST', headers: json, body, ...patience });
    await tell(address, `/v1.41/containers/${name}/start`, { method: 'POST', ...patience });
    await tell(address, `/v1.41/containers/${name}/wait`, { method: 'POST', ...patience });
    return (await tell(address, `/v1.41/containers/${name}/logs?stdout=1&stderr=1`, patience)).trim();
  } finally {
    await ask(address, `/v1.41/containers/${name}?force=1`, { method: 'DELETE', ...patience });
  }
}

/** The memory limit that the kernel holds, whichever version of cgroups it has. */
const readLimit = [
  'sh',
  '-c',
  'cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max',
];
const limited = (image: string) => ({ Image: image, Cmd: readLimit, HostConfig: { Memory: 32 << 20, PidsLimit: 20 } });

needs('docker', 'registry')('Docker', ({ docker, registry }) => {
  test('runs a container with limits', async () => {
    expect(await run(docker.socket, limited(registry.images.busybox))).toBe(String(32 << 20));
  });

  test('pulls from the registry what it does not have', async () => {
    const [address, name] = [{ socket: docker.socket }, `${registry.host}/pj/${unique()}`];
    await tell(address, `/images/${registry.images.busybox}/tag?repo=${name}&tag=1`, { method: 'POST' });
    const auth = { 'X-Registry-Auth': 'e30=' };
    await tell(address, `/images/${name}/push?tag=1`, { method: 'POST', headers: auth, deadlineMs: 25_000 });
    await tell(address, `/images/${name}:1`, { method: 'DELETE' });
    expect((await ask(address, `/images/${name}:1/json`)).status).toBe(404);
    try {
      await tell(address, `/images/create?fromImage=${name}&tag=1`, { method: 'POST', deadlineMs: 25_000 });
      expect((await ask(address, `/images/${name}:1/json`)).status).toBe(200);
    } finally {
      await ask(address, `/images/${name}:1`, { method: 'DELETE' });
    }
  });

  test('answers from two versions of one image', async () => {
    const say = (image: string) => run(docker.socket, { Image: image, Cmd: ['/www/cgi-bin/index.cgi'] });
    expect(await say(registry.images.httpd1)).toContain('pj httpd 1');
    expect(await say(registry.images.httpd2)).toContain('pj httpd 2');
  });

  test('runs Redis and nginx of Debian', async () => {
    expect(await run(docker.socket, { Image: registry.images.redis, Cmd: ['--version'] })).toMatch(/^Redis server v=/);
    expect(await run(docker.socket, { Image: registry.images.nginx, Cmd: ['/usr/sbin/nginx', '-t'] })).toMatch(
      /test is successful/,
    );
  });
});

needs('docker', 'privateRegistry')('Docker and the protected registry', ({ docker, privateRegistry }) => {
  const { image, host, username, password } = privateRegistry;
  const pull = (account?: object) => {
    const headers = account && { 'X-Registry-Auth': Buffer.from(JSON.stringify(account)).toString('base64') };
    const [repository, tag] = [image.slice(0, image.lastIndexOf(':')), image.slice(image.lastIndexOf(':') + 1)];
    const query = `fromImage=${repository}&tag=${tag}`;
    return tell({ socket: docker.socket }, `/images/create?${query}`, {
      method: 'POST',
      ...(headers && { headers }),
      deadlineMs: 25_000,
    });
  };

  test('refuses a pull without login and with a wrong password, and gives it with the right one', async () => {
    await expect(pull()).rejects.toThrow(/no basic auth credentials/);
    await expect(pull({ username, password: 'wrong', serveraddress: host })).rejects.toThrow(/unauthorized/);
    expect(await pull({ username, password, serveraddress: host })).toContain('Digest: sha256:');
    await ask({ socket: docker.socket }, `/images/${image}`, { method: 'DELETE' }); // Others may want to be refused too.
  });
});

needs('podman', 'registry')('Podman', ({ podman, registry }) => {
  test('runs a container with limits through the API it shares with Docker', async () => {
    expect(await run(podman.socket, limited(registry.images.busybox))).toBe(String(32 << 20));
  });

  test('speaks its own API', async () => {
    const info = JSON.parse(await tell({ socket: podman.socket }, '/v4.3.0/libpod/info')) as {
      store: { graphRoot: string };
    };
    expect(info.store.graphRoot).toBe(podman.root);
  });
});

needs('lxc')('LXC', ({ lxc }) => {
  test('starts a container on its bridge, runs a command in it and stops it', async () => {
    const name = unique();
    const tool = (tool: string, ...args: string[]) => runTool(tool, ['-P', lxc.path, '-n', name, ...args], '/', 20_000);
    const dir = `${lxc.path}/${name}`;
    mkdirSync(`${dir}/rootfs`, { recursive: true });
    try {
      await runTool('tar', ['-xf', lxc.rootfs, '-C', `${dir}/rootfs`], '/', 20_000);
      writeFileSync(
        `${dir}/config`,
        `lxc.rootfs.path = dir:${dir}/rootfs\nlxc.uts.name = ${name}\nlxc.init.cmd = /bin/serve\n`,
      );
      const net = `lxc.net.0.type = veth\nlxc.net.0.link = ${lxc.bridge}\nlxc.net.0.flags = up\n`;
      appendFileSync(`${dir}/config`, `${net}lxc.mount.auto = proc:mixed sys:ro\nlxc.signal.halt = SIGTERM\n`);
      await tool('lxc-start', '-d');
      // It has no address, which DHCP would take 3 s for: asked from inside.
      let said = '';
      for (let attempt = 0; attempt < 50 && said === ''; attempt++) {
        said = await tool(
          'lxc-attach',
          '--clear-env',
          '--',
          '/bin/wget',
          '-q',
          '-O',
          '-',
          'http://127.0.0.1:8080/',
        ).catch(() => '');
        if (said === '') await sleep(100);
      }
      expect(said).toBe('pj httpd 1\n');
      expect(await tool('lxc-attach', '--', '/bin/hostname')).toBe(`${name}\n`);
      await tool('lxc-stop', '-t', '5');
      expect(await tool('lxc-info', '-sH')).toBe('STOPPED\n');
    } finally {
      await tool('lxc-destroy', '-f').catch(() => undefined);
    }
  });
});

needs('docker', 'ssh')('Docker over ssh', ({ ssh }) => {
  test('answers the docker command through an ssh connection', async () => {
    const env = { PATH: `${ssh.binDir}:${process.env['PATH']}`, DOCKER_HOST: `ssh://${ssh.host}` };
    expect(await runTool('docker', ['version', '-f', '{{.Server.Os}}'], '/', 20_000, env)).toBe('linux\n');
  });
});

needs('libvirt', 'guest')('libvirt', ({ libvirt, guest }) => {
  test('boots a guest, which gets an address, answers, has an agent and goes off by ACPI', {
    timeout: 180_000,
  }, async () => {
    const name = unique();
    const dir = mkdtempSync(`${tmpdir()}/${name}-`);
    const virsh = (...args: string[]) =>
      runTool('virsh', ['-q', '-c', libvirt.uri, ...args], '/', 30_000, { LC_ALL: 'C' });
    writeFileSync(
      `${dir}/domain.xml`,
      `<domain type='qemu'>
        <name>${name}</name><memory unit='MiB'>128</memory><vcpu>1</vcpu>
        <os>
          <type arch='x86_64' machine='pc'>hvm</type><kernel>${guest.kernel}</kernel><initrd>${guest.initrd}</initrd>
          <cmdline>${guest.commandLine} pj.host=${name}</cmdline>
        </os>
        <features><acpi/></features>
        <devices>
          <interface type='network'>
            <source network='${libvirt.network}'/><model type='virtio'/><rom enabled='no'/>
          </interface>
          <serial type='pty'/>
          <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
        </devices>
      </domain>`,
    );
    try {
      await virsh('define', `${dir}/domain.xml`);
      await virsh('start', name);
      const leased = await until('an address', async () => /[\d.]+(?=\/24)/.exec(await virsh('domifaddr', name))?.[0]);
      expect(await info(leased)).toMatchObject({ cpus: 1, host: name });
      expect(await virsh('qemu-agent-command', name, '{"execute":"guest-ping"}')).toContain('{"return":{}}');
      await virsh('shutdown', name, '--mode', 'acpi');
      await until('the end', async () => (await virsh('domstate', name)).trim() === 'shut off' || undefined);
    } finally {
      await virsh('destroy', name).catch(() => undefined);
      await virsh('undefine', name).catch(() => undefined);
      rmSync(dir, { recursive: true });
    }
  });
});

needs('guest')('QEMU without a daemon', ({ guest }) => {
  test('boots a guest that answers on a forwarded port', { timeout: 180_000 }, async () => {
    const port = await freePort();
    const machine = [
      ...['-accel', 'tcg', '-m', '128', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
      ...[
        '-kernel',
        guest.kernel,
        '-initrd',
        guest.initrd,
        '-append',
        `${guest.commandLine} pj.host=direct pj.exit=30`,
      ],
      ...['-netdev', `user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:${port}-:80`],
      ...['-device', 'virtio-net-pci,netdev=net,romfile='],
    ];
    const qemu = spawn('timeout', ['-s', 'KILL', '90', 'qemu-system-x86_64', ...machine], { stdio: 'ignore' });
    try {
      expect(await info(`127.0.0.1:${port}`)).toMatchObject({ host: 'direct' });
    } finally {
      qemu.kill();
    }
  });
});

/** What the guest's web server says of it, once it answers. */
const info = async (host: string): Promise<unknown> =>
  JSON.parse(
    await until('an answer', () =>
      ask({ host }, '/cgi-bin/info', { deadlineMs: 2_000 }).then(
        (answer) => answer.body,
        () => undefined,
      ),
    ),
  );

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 50_000; Date.now() < deadline; await sleep(100)) {
    const seen = await look();
    if (seen !== undefined) return seen;
  }
  throw new Error(`${what} did not come within 50 s`);
}

needs('java')('Java', ({ java }) => {
  const run = (path: string, ...args: string[]) =>
    runTool(`${java.home}/bin/java`, ['-XX:+UseSerialGC', '-cp', path, ...args], '/', 30_000);

  test("has Debian's programs on their class paths", async () => {
    const sql = ['-url', 'jdbc:h2:mem:', '-user', 'sa', '-password', '', '-sql', 'select 6 * 7'];
    expect(await run(java.h2, 'org.h2.tools.Shell', ...sql)).toContain('42');
    expect(await run(java.activemq, 'org.apache.activemq.console.command.ShellCommand', '--version')).toMatch(
      /^ActiveMQ 5\./m,
    );
    expect(await run(java.tomcat, 'org.apache.catalina.util.ServerInfo')).toMatch(/Apache Tomcat\/10\./);
  });
});
