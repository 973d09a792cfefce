import { randomBytes } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { ask } from '../engines/answer.ts';
import { type Engines, needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { type LibvirtHost, OwnLibvirts } from '../engines/own-libvirt.ts';
import { Scratch, until } from '../support/pj.ts';

/** Milliseconds that a guest may be silent while it moves. */
const SILENCE = 3_000;
const PRIVATE = '/var/lib/libvirt/images/own.qcow2';

/** Somebody who keeps talking to a guest, and tells how long it was silent at most. */
function talkTo(address: string) {
  const boots = new Set<string>();
  let [last, silence, stopped] = [performance.now(), 0, false];
  const done = (async () => {
    for (; !stopped; await sleep(50)) {
      const answer = await ask({ host: address }, '/cgi-bin/info', { deadlineMs: 1_000 }).catch(() => undefined);
      if (answer?.body.endsWith('}\n') !== true) continue;
      boots.add((JSON.parse(answer.body) as { boot_id: string }).boot_id);
      silence = Math.max(silence, performance.now() - last);
      last = performance.now();
    }
  })();
  return {
    async end() {
      stopped = true;
      await done;
      return { boots: [...boots], silence: Math.max(silence, performance.now() - last) };
    },
  };
}

const virsh = (host: LibvirtHost, ...args: string[]) =>
  runTool('virsh', ['-q', '-c', host.uri, ...args], '/', 60_000, { LC_ALL: 'C' });

const namesAt = async (host: LibvirtHost) =>
  (await virsh(host, 'list', '--all', '--name')).split(/\s+/).filter(Boolean);

/** A guest that has a disk which both hosts see and one of its host's own, and a machine that is off. */
function machines(own: OwnLibvirts, guest: Engines['guest'] & object, host: LibvirtHost): Record<string, string> {
  const address = own.address(20);
  return {
    'db.yaml': `applicationId: db
vm:
  runtime: libvirt
  host: ${host.uri}
  memory: 128MiB
  kernel: ${guest.kernel}
  initrd: ${guest.initrd}
  cmdline: ${guest.commandLine} pj.ip=${address}/24
  disks: [{ path: ${own.shared}/shared.qcow2 }, { path: ${PRIVATE} }]
  networks: [{ mode: bridge, bridge: ${host.bridge} }]
healthCheck: { url: "http://${address}/cgi-bin/info", interval: 300ms, startPeriod: 60s }
stop: { gracePeriod: 1s }
`,
    'idle.yaml': `applicationId: idle
desiredState: stopped
vm:
  runtime: libvirt
  host: ${host.uri}
  memory: 128MiB
  networks: [{ mode: bridge, bridge: br9 }]
`,
  };
}

needs('libvirt', 'guest')('migration between two hosts', ({ guest }) => {
  let own: OwnLibvirts | undefined;
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    await own?.remove();
  });

  test('it moves there and back while somebody talks to it, and what a killed run has begun is finished', {
    timeout: 180_000,
  }, async () => {
    const hosts = await OwnLibvirts.start(2);
    own = hosts;
    const scratch = new Scratch({ 'pj.yaml': `name: m${randomBytes(4).toString('hex')}\n` });
    pj = scratch;
    chmodSync(scratch.dir, 0o711);
    const [one, two] = hosts.hosts as [LibvirtHost, LibvirtHost];
    const onHost = (host: LibvirtHost) => scratch.write(machines(hosts, guest, host));
    const refused = async (args: string[], ...words: string[]) => {
      const { code, stdout, stderr } = await scratch.pj(args);
      expect(code, stdout + stderr).not.toBe(0);
      for (const word of words) expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain(word);
    };
    for (const file of [`${hosts.shared}/shared.qcow2`, join(one.images, 'own.qcow2')])
      await runTool('qemu-img', ['create', '-q', '-f', 'qcow2', file, '16M'], '/', 20_000);
    await runTool('ip', ['-n', one.namespace, 'link', 'add', 'br9', 'type', 'bridge'], '/', 20_000);
    onHost(one);
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);

    // What is known to stand against it is told at plan.
    await scratch.ok(['snapshot', 'create', 'db', 'one', '--disks-only']);
    onHost(two);
    await refused(['plan'], 'cannot be migrated, while it has snapshots: one', `${two.uri} has no bridge br9`);
    await refused(['migrate', 'db', '--to', 'qemu+tcp://127.0.0.1:9/system', '--auto-approve'], 'PJ5514', '127.0.0.1');
    await scratch.ok(['snapshot', 'delete', 'db', 'one']);
    await runTool('ip', ['-n', two.namespace, 'link', 'add', 'br9', 'type', 'bridge'], '/', 20_000);

    // A changed `vm.host`: one disk is used where it is, the other is copied; the machine that is off moves too.
    const talk = talkTo(hosts.address(20));
    const applied = await scratch.ok(['apply', '--auto-approve']);
    expect(applied.stdout + applied.stderr).toContain('is copied');
    expect([await namesAt(one), (await namesAt(two)).length]).toEqual([[], 2]);
    await scratch.ok(['plan', '--detailed-exitcode']);

    // The old copy is nobody's to overwrite.
    onHost(one);
    await refused(['plan'], `another ${PRIVATE} is at ${one.uri}`);
    rmSync(join(one.images, 'own.qcow2'));
    await scratch.ok(['migrate', 'db', '--to', one.uri, '--auto-approve']);
    await scratch.ok(['apply', '--auto-approve']);
    expect([(await namesAt(one)).length, await namesAt(two)]).toEqual([2, []]);
    const { boots, silence } = await talk.end();
    expect(boots).toHaveLength(1);
    expect(silence).toBeLessThan(SILENCE);

    // Killed in the middle: libvirt goes on, and the next run waits for it.
    rmSync(join(two.images, 'own.qcow2'));
    const [name = ''] = (await namesAt(one)).filter((each) => each.includes('db'));
    await virsh(one, 'migrate-setspeed', name, '8');
    onHost(two);
    const killed = scratch.start(['apply', '--auto-approve']);
    await until('the migration', async () => /Outgoing/.test(await virsh(one, 'domjobinfo', name)), 60_000);
    killed.kill('SIGKILL');
    await killed.done;
    await scratch.ok(['apply', '--auto-approve']);
    expect([await namesAt(one), (await namesAt(two)).length]).toEqual([[], 2]);
    await scratch.ok(['plan', '--detailed-exitcode']);
    const answer = await ask({ host: hosts.address(20) }, '/cgi-bin/info');
    expect((JSON.parse(answer.body) as { boot_id: string }).boot_id).toBe(boots[0]);
  });
});
