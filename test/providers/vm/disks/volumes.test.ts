import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { VmDisk } from '../../../../src/model/vm-spec.ts';
import { run } from '../../../../src/os/exec.ts';
import type { Pools } from '../../../../src/providers/vm/disks/contract.ts';
import { openDisks } from '../../../../src/providers/vm/disks/disks.ts';
import { needs } from '../../../engines/engines.ts';
import { type DiskGround, diskGround, MIB } from './ground.ts';

needs('libvirt', 'guest')('disks that are volumes of a pool', ({ libvirt }) => {
  const pool = `pj-test-${randomBytes(4).toString('hex')}`;
  let ground: DiskGround;
  const virsh = async (...argv: string[]): Promise<string> => {
    const told = await run(['virsh', '-q', '-c', libvirt.uri, ...argv], { timeoutMs: 60_000 });
    if (told.code !== 0) throw new Error(told.stderr);
    return told.stdout;
  };
  beforeEach(async () => {
    ground = diskGround();
    mkdirSync(join(ground.dir, 'pool'));
    chmodSync(join(ground.dir, 'pool'), 0o711);
    await virsh('pool-create-as', pool, 'dir', '--target', join(ground.dir, 'pool'));
  });
  afterEach(async () => {
    await virsh('pool-destroy', pool);
    ground.close();
  });

  /** As little as a test needs of what the runtime has. */
  const pools: Pools = {
    async volume(_, volume) {
      const xml = await virsh('vol-dumpxml', volume, '--pool', pool).catch(() => undefined);
      if (xml === undefined) return undefined;
      const find = (pattern: RegExp): string => pattern.exec(xml)?.[1] ?? '';
      return {
        path: find(/<target>\s*<path>(.*?)</),
        format: find(/<format type='(.*?)'/),
        size: Number(find(/<capacity[^>]*>(\d+)</)),
      };
    },
    async make(_, volume, { size, format, backing }) {
      const base = backing === undefined ? [] : ['--backing-vol', backing.path, '--backing-vol-format', backing.format];
      await virsh('vol-create-as', pool, volume, String(size), '--format', format, ...base);
    },
    grow: async (_, volume, size) => void (await virsh('vol-resize', volume, String(size), '--pool', pool)),
    upload: async (_, volume, file) => void (await virsh('vol-upload', volume, file, '--pool', pool)),
    remove: async (_, volume) => void (await virsh('vol-delete', volume, '--pool', pool)),
  };

  it('are made, grow, and go only where pj has made them', async () => {
    const disks = openDisks({ dir: ground.dir, local: true, uri: libvirt.uri, pools });
    const act = (what: 'make' | 'remove', list: VmDisk[]) =>
      disks[what](ground.machine({ disks: list }), { action: 'create', id: 'db' }, ground.context);
    await virsh('vol-create-as', pool, 'stranger', '2M', '--format', 'qcow2');
    const plain = { pool, volume: 'plain', size: 4 * MIB };
    const others: VmDisk[] = [
      { pool, volume: 'stranger', size: 8 * MIB },
      { pool, volume: 'locked', size: 4 * MIB, encryption: { passphrase: 'open sesame' } },
    ];
    await act('make', [plain, ...others]);
    const larger = [{ ...plain, size: 8 * MIB }, ...others];
    await act('make', larger);
    await act('make', larger);
    expect(await pools.volume(pool, 'plain', ground.context)).toMatchObject({ size: 8 * MIB, format: 'qcow2' });
    expect(await pools.volume(pool, 'stranger', ground.context)).toMatchObject({ size: 2 * MIB });
    expect(await ground.qemuImg('info', '--output=json', 'pool/locked')).toContain('"encrypted": true');
    const told = await disks.check(
      ground.machine({ disks: [...larger, { pool, volume: 'none' }] }),
      true,
      ground.context,
    );
    expect(told.map(({ path }) => path)).toEqual(['/vm/disks/1/size', '/vm/disks/3/volume']);
    await act('remove', larger);
    expect(readdirSync(join(ground.dir, 'pool'))).toEqual(['stranger']);
  });
});
