import { execFile } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { VmDisk } from '../../../../src/model/vm-spec.ts';
import type { Around, DiskPlace } from '../../../../src/providers/vm/disks/contract.ts';
import { openDisks } from '../../../../src/providers/vm/disks/disks.ts';
import { needs } from '../../../engines/engines.ts';
import { type DiskGround, diskGround, MIB } from './ground.ts';

needs('guest')('disks at plan', () => {
  let ground: DiskGround;
  beforeEach(async () => {
    ground = diskGround();
    await ground.qemuImg('create', '-q', '-f', 'qcow2', 'there.qcow2', '4M');
  });
  afterEach(() => ground.close());

  const told = async (disks: VmDisk[], how: { made?: boolean; place?: Partial<DiskPlace>; around?: Around } = {}) => {
    const opened = openDisks({ dir: ground.dir, local: true, ...how.place });
    const findings = await opened.check(ground.machine({ disks }), how.made ?? false, ground.context, how.around);
    return findings.map(({ severity, path, message }) =>
      `${severity === 'warning' ? 'warning ' : ''}${path?.slice('/vm/disks/'.length)} ${message}`.replaceAll(
        `${ground.dir}/`,
        '',
      ),
    );
  };

  it('are fine as they are', async () => {
    expect(
      await told([{ path: 'there.qcow2' }, { path: 'new/a.qcow2', baseImage: 'there.qcow2', size: 8 * MIB }]),
    ).toEqual([]);
  });

  it('are refused where they cannot be', async () => {
    mkdirSync(join(ground.dir, 'folder'));
    symlinkSync('nowhere', join(ground.dir, 'link'));
    writeFileSync(join(ground.dir, 'text'), 'hello');
    const size = MIB;
    expect(
      await told([
        { path: 'none.qcow2' },
        { path: 'a', baseImage: 'none' },
        { path: 'b', baseImage: 'there.qcow2', size },
        { path: 'c', baseImage: 'there.qcow2', format: 'raw' },
        { path: 'folder' },
        { path: 'link', size },
        { path: 'text' },
        { path: 'there.qcow2', size },
        { path: '/dev/null' },
        { path: '/nowhere/at/all', size },
        { path: 'there.qcow2', encryption: { passphrase: 'x' } },
        { pool: 'p', volume: 'v' },
        { path: '.pj/vms/mine', size },
      ]),
    ).toEqual([
      '0/path none.qcow2 is not there',
      '1/baseImage none is not there',
      '2/size its base image is larger: 4 MiB',
      '3/baseImage a raw disk has no base image',
      '4/path folder is a folder',
      '5/path it is a link that leads nowhere',
      '6/format it is raw, not qcow2',
      '7/size it is there, with 4194304 bytes, and pj has not made it: it is kept as it is',
      '8/path /dev/null is no file',
      '9/path the folder /nowhere/at is not there',
      '10/path it is a disk of this machine already',
      '10/encryption it is not encrypted',
      '11/pool only libvirt has storage pools',
      '12/path what lies in .pj comes and goes with what pj keeps there',
    ]);
  });

  it('that pj has made stay as they were made', async () => {
    const made: VmDisk = { path: 'own.qcow2', baseImage: 'there.qcow2', size: 8 * MIB };
    const before = ground.machine({ disks: [made] });
    await ground.disks.make(before, { action: 'create', id: 'db' }, ground.context);
    expect(await told([made], { made: true, around: { before } })).toEqual([]);
    const { baseImage: _, ...rest } = made;
    expect(await told([{ ...rest, size: 4 * MIB }], { made: true, around: { before } })).toEqual([
      '0/baseImage it was made from there.qcow2',
      '0/size it has 8388608 bytes, and no disk shrinks',
    ]);
    expect(await told([{ path: 'own.qcow2', format: 'raw', encryption: { passphrase: 'x' } }], { made: true })).toEqual(
      [
        '0/baseImage it was made from there.qcow2',
        '0/format it was made as qcow2',
        '0/encryption it was made without encryption',
      ],
    );
    expect(await told([{ ...made, size: 16 * MIB }], { made: true, around: { before } })).toEqual([]);
  });

  it('that others use are theirs', async () => {
    const other = { id: 'app', machine: ground.machine({ disks: [{ path: 'there.qcow2' }] }, 'app') };
    expect(
      await told([{ path: 'there.qcow2' }, { path: 'new', baseImage: 'there.qcow2' }], { around: { others: [other] } }),
    ).toEqual(['0/path app uses it too', '1/baseImage app writes to it']);
    // By other paths, too, whether it is there yet or not.
    symlinkSync('.', join(ground.dir, 'here'));
    linkSync(join(ground.dir, 'there.qcow2'), join(ground.dir, 'hard'));
    expect(await told([{ path: 'hard' }], { around: { others: [other] } })).toEqual(['0/path app uses it too']);
    const twice = ['a', 'here/a', 'here/../a'].map((path) => ({ path, size: MIB }));
    expect(await told(twice)).toEqual([1, 2].map((i) => `${i}/path it is a disk of this machine already`));
    const holder = execFile('qemu-io', ['-c', 'sleep 20000', join(ground.dir, 'there.qcow2')]);
    try {
      await expect
        .poll(() => told([{ path: 'there.qcow2' }]), { timeout: 30_000 })
        .toEqual(['0/path there.qcow2 is in use by another machine']);
      expect(await told([{ path: 'there.qcow2' }], { made: true })).toEqual([]);
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('need folders that guests may pass, room, and their host', async () => {
    const place = { uri: 'qemu:///system' };
    mkdirSync(join(ground.dir, 'closed'));
    chmodSync(join(ground.dir, 'closed'), 0o700);
    expect(
      await told(
        [
          { path: 'closed/a', size: MIB },
          { path: 'b', size: MIB },
        ],
        { place },
      ),
    ).toEqual([expect.stringMatching(/^0\/path .*, whom libvirt runs guests as, cannot pass closed$/)]);
    expect(await told([{ path: 'huge', size: 2 ** 52 }])).toEqual([
      expect.stringMatching(/^warning 0\/size .* has room for/),
    ]);
    expect(await told([{ path: '/a' }, { path: '/b', size: MIB }], { place: { local: false } })).toEqual([
      '1/path pj makes no files on another host',
    ]);
  });
});
