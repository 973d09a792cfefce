import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { run } from '../../../../src/os/exec.ts';
import { needs } from '../../../engines/engines.ts';
import { type DiskGround, diskGround, MIB } from './ground.ts';

const DOING = { action: 'create', id: 'db' };
const PASSPHRASE = 'correct horse, "battery" staple';

needs('guest')('disks that pj makes', () => {
  let ground: DiskGround;
  beforeEach(() => {
    ground = diskGround();
  });
  afterEach(() => ground.close());
  const info = async (file: string): Promise<Record<string, unknown>> =>
    JSON.parse(await ground.qemuImg('info', '--output=json', file)) as Record<string, unknown>;
  const make = (vm: Parameters<DiskGround['machine']>[0]) =>
    ground.disks.make(ground.machine(vm), DOING, ground.context);
  const remove = (vm: Parameters<DiskGround['machine']>[0]) =>
    ground.disks.remove(ground.machine(vm), DOING, ground.context);
  const entries = () => readdirSync(join(ground.dir, '.pj/vms/disks'));

  it('are made where missing, on their base, grow, and are removed', async () => {
    await ground.qemuImg('create', '-q', '-f', 'qcow2', 'base.img', '8M');
    const vm = {
      disks: [
        { path: 'disks/a.qcow2', baseImage: 'base.img' },
        { path: 'b.raw', format: 'raw' as const, size: 2 * MIB },
      ],
    };
    await make(vm);
    expect(await info('disks/a.qcow2')).toMatchObject({
      'virtual-size': 8 * MIB,
      'backing-filename': join(ground.dir, 'base.img'),
      'backing-filename-format': 'qcow2',
    });
    expect(statSync(join(ground.dir, 'b.raw'))).toMatchObject({ size: 2 * MIB });
    writeFileSync(join(ground.dir, 'b.raw'), 'data', { flag: 'r+' });
    const larger = {
      disks: [
        { ...vm.disks[0], size: 16 * MIB },
        { ...vm.disks[1], size: 3 * MIB },
      ],
    };
    await make(larger);
    await make(larger);
    expect(await info('disks/a.qcow2')).toMatchObject({ 'virtual-size': 16 * MIB });
    expect(readFileSync(join(ground.dir, 'b.raw'), 'utf8').slice(0, 4)).toBe('data');
    expect(statSync(join(ground.dir, 'b.raw')).size).toBe(3 * MIB);
    await remove(larger);
    expect([readdirSync(join(ground.dir, 'disks')), entries(), existsSync(join(ground.dir, 'b.raw'))]).toEqual([
      [],
      [],
      false,
    ]);
    expect(existsSync(join(ground.dir, 'base.img'))).toBe(true);
  });

  it('are encrypted with a passphrase that is nowhere to be read', async () => {
    const vm = { disks: [{ path: 'a.qcow2', size: 4 * MIB, encryption: { passphrase: PASSPHRASE } }] };
    await make(vm);
    expect(await info('a.qcow2')).toMatchObject({ encrypted: true });
    for (const name of entries())
      expect(readFileSync(join(ground.dir, '.pj/vms/disks', name), 'utf8')).not.toContain('horse');
    await make({ disks: [{ ...vm.disks[0], size: 8 * MIB }] });
    const secret = join(ground.dir, 'secret');
    writeFileSync(secret, PASSPHRASE);
    const opened = await run(
      [
        ...['qemu-io', '-r', '--object', `secret,id=s0,file=${secret}`, '-c', 'length', '--image-opts'],
        'driver=qcow2,encrypt.key-secret=s0,file.filename=a.qcow2',
      ],
      { timeoutMs: 60_000, cwd: ground.dir },
    );
    expect(opened.stdout).toContain('8 MiB');
    const wrong = { disks: [{ path: 'a.qcow2', size: 9 * MIB, encryption: { passphrase: 'wrong horse' } }] };
    const failure = await make(wrong).catch(String);
    expect(failure).toContain('the disk a.qcow2 of db');
    expect(failure).not.toContain('horse');
  });

  it('are never what others have put there', async () => {
    await ground.qemuImg('create', '-q', '-f', 'qcow2', 'stranger.qcow2', '4M');
    const stranger = { disks: [{ path: 'stranger.qcow2', size: 8 * MIB }] };
    await make(stranger);
    expect(await info('stranger.qcow2')).toMatchObject({ 'virtual-size': 4 * MIB });
    await remove(stranger);
    expect(existsSync(join(ground.dir, 'stranger.qcow2'))).toBe(true);
    // Exchanged since: another file of the same name.
    const own = { disks: [{ path: 'own.qcow2', size: 4 * MIB }] };
    await make(own);
    rmSync(join(ground.dir, 'own.qcow2'));
    await ground.qemuImg('create', '-q', '-f', 'qcow2', 'own.qcow2', '4M');
    await remove(own);
    expect(existsSync(join(ground.dir, 'own.qcow2'))).toBe(true);
  });

  it('are neither removed where no plan tells of it, nor made anew where they are gone', async () => {
    const own = { disks: [{ path: 'own.qcow2', size: 4 * MIB }] };
    await make(own);
    // The plan names those that have a size or a base image.
    await remove({ disks: [{ path: 'own.qcow2' }] });
    expect(existsSync(join(ground.dir, 'own.qcow2'))).toBe(true);
    rmSync(join(ground.dir, 'own.qcow2'));
    const machine = ground.machine(own);
    const doing = { action: 'start', id: 'db' };
    await expect(ground.disks.make(machine, doing, ground.context, machine)).rejects.toThrow('it is gone');
    await make(own);
    expect(existsSync(join(ground.dir, 'own.qcow2'))).toBe(true);
  });

  it('stay where something uses them', async () => {
    const own = { disks: [{ path: 'own.qcow2', size: 4 * MIB }] };
    await make(own);
    await make({ disks: [{ path: 'clone.qcow2', baseImage: 'own.qcow2' }] });
    await expect(remove(own)).rejects.toThrow('clone.qcow2 is based on it');
    await remove({ disks: [{ path: 'clone.qcow2', baseImage: 'own.qcow2' }] });
    const holder = execFile('qemu-io', ['-c', 'sleep 20000', join(ground.dir, 'own.qcow2')]);
    try {
      const held = () =>
        ground.qemuImg('info', 'own.qcow2').then(
          () => false,
          () => true,
        );
      await expect.poll(held, { timeout: 30_000 }).toBe(true);
      await expect(remove(own)).rejects.toThrow('in use');
    } finally {
      holder.kill('SIGKILL');
    }
  });

  it('leave nothing where there is no space', async () => {
    const small = join(ground.dir, 'small');
    mkdirSync(small);
    await promisify(execFile)('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small]);
    try {
      await expect(make({ disks: [{ path: 'small/a.qcow2', size: 4 * MIB }] })).rejects.toMatchObject({
        code: 'PJ5508',
      });
      expect([readdirSync(small), entries()]).toEqual([[], []]);
    } finally {
      await promisify(execFile)('umount', [small]);
    }
  });

  it('survive a kill at every point, and no second one is made', async () => {
    const vm = { disks: [{ path: 'a.qcow2', size: 4 * MIB }] };
    const script = join(import.meta.dirname, 'make-one.ts');
    const kill = (point: number, what: string) =>
      run([process.execPath, '--import', 'tsx', script, ground.dir, what], {
        timeoutMs: 60_000,
        cwd: join(import.meta.dirname, '../../../..'),
        env: { PATH: process.env['PATH'] ?? '', PJ_CRASH_AT: String(point) },
      });
    for (const point of [1, 2, 3]) {
      expect((await kill(point, 'make')).signal).toBe('SIGKILL');
      if (point === 2) {
        ground.disks.tidy(ground.machine(vm).uuid);
        expect([readdirSync(ground.dir), entries()]).toEqual([['.pj'], []]);
      }
      await make(vm);
      expect(readdirSync(ground.dir).sort()).toEqual(['.pj', 'a.qcow2']);
      if (point === 3) expect((await kill(1, 'remove')).signal).toBe('SIGKILL');
      await remove(vm);
      expect([readdirSync(ground.dir), entries()]).toEqual([['.pj'], []]);
    }
  });
});
