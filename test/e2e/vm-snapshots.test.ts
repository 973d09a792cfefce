import { randomBytes } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { EngineSnapshot } from '../../src/providers/contract.ts';
import { type Engines, engines, needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { Scratch, until } from '../support/pj.ts';
import { removeDomains } from '../support/vms.ts';

const LATER = '{ path: later.qcow2, size: 16MiB }';

/** A guest with a file system on a disk, its agent, and a machine beside it that no snapshot can be made of. */
async function machines(runtime: 'qemu' | 'libvirt', guest: Engines['guest']): Promise<Scratch> {
  const scratch = new Scratch();
  // The users of the engines pass through it.
  chmodSync(scratch.dir, 0o711);
  await runTool('qemu-img', ['create', '-q', '-f', 'raw', 'data.raw', '32M'], scratch.dir, 20_000);
  await runTool('/sbin/mkfs.ext4', ['-q', 'data.raw'], scratch.dir, 20_000);
  await runTool('qemu-img', ['convert', '-O', 'qcow2', 'data.raw', 'data.qcow2'], scratch.dir, 20_000);
  rmSync(join(scratch.dir, 'data.raw'));
  const uri = engines().libvirt?.uri;
  const on = runtime === 'qemu' || uri === undefined ? `runtime: ${runtime}` : `runtime: libvirt\n  uri: ${uri}`;
  scratch.write({ 'pj.yaml': `name: s${randomBytes(4).toString('hex')}\n` });
  scratch.write({
    'db.yaml': `applicationId: db
vm:
  ${on}
  memory: 160MiB
  kernel: ${guest.kernel}
  initrd: ${guest.initrd}
  cmdline: ${guest.commandLine}
  disks: [{ path: data.qcow2 }, { path: more.qcow2, size: 16MiB }]
  guestAgent: true
healthCheck: { type: engine, interval: 500ms, timeout: 3s, startPeriod: 60s }
stop: { gracePeriod: 3s }
`,
    'raw.yaml': `applicationId: raw
desiredState: stopped
vm:
  ${on}
  disks: [{ path: raw.img, format: raw, size: 1MiB }]
`,
  });
  return scratch;
}

/** All that a snapshot is for, in one guest. */
async function goBackAndForth(pj: Scratch): Promise<void> {
  const inGuest = async (script: string): Promise<string> =>
    (await pj.ok(['exec', 'db', '--', 'sh', '-c', script])).stdout;
  const write = (word: string) => inGuest(`echo ${word} > /tmp/mark; echo ${word} > /data/mark; sync`);
  const marks = () => inGuest('cat /tmp/mark /data/mark');
  const list = async (): Promise<EngineSnapshot[]> => {
    const told = JSON.parse((await pj.ok(['snapshot', 'list', 'db', '--json'])).stdout) as {
      snapshots: EngineSnapshot[];
    };
    return told.snapshots;
  };
  const refused = async (args: string[], words: string): Promise<void> => {
    const { code, stdout, stderr } = await pj.pj(args);
    expect(code).not.toBe(0);
    expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain(words);
  };
  await pj.ok(['apply', '--auto-approve']);

  // Memory and disks, while it runs.
  await write('before');
  const boot = await inGuest('cat /proc/sys/kernel/random/boot_id');
  await pj.ok(['snapshot', 'create', 'db', 'one', '--description', 'the <first>']);
  await write('after');
  const made = { name: 'one', memory: true, status: 'running', current: true, description: 'the <first>' };
  expect(await list()).toMatchObject([made]);
  await refused(['snapshot', 'create', 'db', 'one'], 'PJ5512');
  await refused(['snapshot', 'create', 'db', '12'], 'PJ5513');
  await refused(['snapshot', 'create', 'db', 'two', '--quiesce'], 'PJ5513');
  await refused(['snapshot', 'create', 'raw', 'one'], 'only qcow2 keeps snapshots');
  await refused(['snapshot', 'revert', 'db', 'none', '--auto-approve'], 'PJ5511');
  await refused(['snapshot', 'delete', 'db', 'none'], 'PJ5511');
  const asked = pj.read('db.yaml');
  pj.write({ 'db.yaml': asked.replace('size: 16MiB }', `size: 32MiB }, ${LATER}`) });
  await refused(['plan'], 'later.qcow2 cannot be added, while it has snapshots: one');
  await refused(['plan'], 'more.qcow2 cannot grow');
  pj.write({ 'db.yaml': asked });
  await pj.ok(['snapshot', 'revert', 'db', 'one', '--auto-approve']);
  expect(await marks()).toBe('before\nbefore\n');
  // It is waited for until it is healthy, and nothing else is to do.
  await pj.ok(['apply', '--auto-approve']);
  await pj.ok(['plan', '--detailed-exitcode']);
  expect(await inGuest('cat /proc/sys/kernel/random/boot_id')).toBe(boot);

  // The disks alone: it boots from them.
  await pj.ok(['snapshot', 'create', 'db', 'two', '--disks-only', '--quiesce']);
  await write('after');
  await pj.ok(['snapshot', 'revert', 'db', 'two', '--auto-approve']);
  await until('the guest to be up again', async () => (await pj.pj(['exec', 'db', '--', 'true'])).code === 0, 60_000);
  expect(await inGuest('ls /tmp/mark || cat /data/mark')).toBe('before\n');
  expect(await inGuest('cat /proc/sys/kernel/random/boot_id')).not.toBe(boot);
  expect(await list()).toMatchObject([
    { name: 'one', current: false },
    { name: 'two', memory: false, status: 'running', current: true, parent: 'one' },
  ]);

  // Of one that is off; from there back to one that runs.
  await pj.ok(['stop', 'db']);
  await pj.ok(['snapshot', 'create', 'db', 'off']);
  expect((await list()).at(-1)).toMatchObject({ name: 'off', memory: false, status: 'stopped', parent: 'two' });
  const back = await pj.ok(['snapshot', 'revert', 'db', 'one', '--auto-approve']);
  expect(back.stdout).toContain('it is running');
  expect(back.stderr).toContain('Made since then: two, off.');
  expect(await marks()).toBe('before\nbefore\n');
  expect((await pj.ok(['snapshot', 'revert', 'db', 'off', '--auto-approve'])).stdout).toContain('it is stopped');

  for (const name of ['one', 'off', 'two']) await pj.ok(['snapshot', 'delete', 'db', name]);
  expect(await list()).toEqual([]);
  pj.write({ 'db.yaml': asked.replace('size: 16MiB }', `size: 16MiB }, ${LATER}`) });
  await pj.ok(['plan']);
}

needs('guest')('snapshots of a machine on QEMU alone', ({ guest }) => {
  let pj: Scratch | undefined;
  afterEach(() => pj?.cleanUp());
  test('it goes back to them, with its memory and without', async () => {
    pj = await machines('qemu', guest);
    await goBackAndForth(pj);
  }, 180_000);
});

needs('guest')('snapshots of a machine that is off, on QEMU alone', () => {
  let pj: Scratch | undefined;
  afterEach(() => pj?.cleanUp());
  test('a revert that was killed is finished before it starts, and what is in some disks only is no snapshot', async () => {
    const scratch = new Scratch({
      'pj.yaml': `name: s${randomBytes(4).toString('hex')}\nsecrets: { disk: { env: DISK_KEY } }\n`,
      'off.yaml': `applicationId: off
desiredState: stopped
vm:
  runtime: qemu
  memory: 64MiB
  disks:
    - { path: a.qcow2, size: 4MiB }
    - { path: b.qcow2, size: 4MiB }
    - { path: c.qcow2, size: 4MiB, encryption: { passphrase: "\${secret.disk}" } }
stop: { gracePeriod: 0s }
`,
    });
    pj = scratch;
    scratch.env = { ...scratch.env, DISK_KEY: 'a key of this test' };
    const io = (disk: string, command: string) => runTool('qemu-io', ['-c', command, disk], scratch.dir, 20_000);
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['snapshot', 'create', 'off', 's']);
    for (const disk of ['a.qcow2', 'b.qcow2']) await io(disk, 'write -P 7 0 64k');
    const killed = await killedWithin(scratch, ['snapshot', 'revert', 'off', 's', '--auto-approve'], () =>
      notesOf(scratch).includes('"reverting"'),
    );
    expect(killed).toBe(true);
    await scratch.ok(['start', 'off']);
    expect(notesOf(scratch)).not.toContain('"reverting"');
    await scratch.ok(['stop', 'off']);
    for (const disk of ['a.qcow2', 'b.qcow2']) await io(disk, 'read -P 0 0 64k');

    await runTool('qemu-img', ['snapshot', '-d', 's', 'b.qcow2'], scratch.dir, 20_000);
    expect((await scratch.ok(['snapshot', 'list', 'off'])).stderr).toContain('no snapshots');
    await scratch.ok(['snapshot', 'create', 'off', 's']);
    await runTool('qemu-img', ['snapshot', '-d', 's', 'a.qcow2'], scratch.dir, 20_000);
    await scratch.ok(['snapshot', 'delete', 'off', 's']);
    await runTool('qemu-img', ['snapshot', '-c', 's', 'a.qcow2'], scratch.dir, 20_000);
    expect((await scratch.pj(['snapshot', 'create', 'off', 's'])).stderr).toContain('PJ5512');
  }, 180_000);
});

/** What pj has written down of the snapshots of the one machine there is. */
function notesOf({ dir }: Scratch): string {
  const folder = join(dir, '.pj', 'vms');
  const [name = ''] = readdirSync(folder).filter((one) => one !== 'disks');
  return readFileSync(join(folder, name, 'snapshots.json'), 'utf8');
}

/** Kills pj at each of its crash points in turn until it is `then`; false where it never is. */
async function killedWithin(scratch: Scratch, args: string[], then: () => boolean): Promise<boolean> {
  for (let at = 1; at < 60; at++) {
    const { signal } = await scratch.pj(args, { PJ_CRASH_AT: String(at) });
    if (signal === 'SIGKILL' && then()) return true;
    if (signal !== 'SIGKILL') return false;
  }
  return false;
}

needs('libvirt', 'guest')('snapshots of a machine on libvirt', ({ libvirt, guest }) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    const lineage = pj?.lineage();
    await pj?.cleanUp();
    await removeDomains(libvirt.uri, lineage);
  });
  test('it goes back to them, with its memory and without', async () => {
    pj = await machines('libvirt', guest);
    await goBackAndForth(pj);
  }, 180_000);
});
