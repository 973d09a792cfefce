import { describe, expect, it } from 'vitest';
import type { WorkloadRecord } from '../../../src/model/record.ts';
import type { VmSpec } from '../../../src/model/vm-spec.ts';
import { classifyVm } from '../../../src/providers/vm/classify.ts';

const classOf = (path: string, before: VmSpec, after: VmSpec): string =>
  classifyVm(path, {}, {}, { spec: { vm: before } } as WorkloadRecord, { vm: after }).updateClass;

const [a, b, c] = [{ path: 'a' }, { path: 'b' }, { path: 'c' }];

describe('a device of a list', () => {
  it('comes and goes live wherever it stands, where the others stay as they are', () => {
    expect(classOf('/vm/disks/1/path', { disks: [a, b, c] }, { disks: [a, c] })).toBe('live');
    expect(classOf('/vm/disks/1/path', { disks: [a, c] }, { disks: [a, b, c] })).toBe('live');
    const cards = [{ name: 'x' }, { mode: 'bridge' as const, bridge: 'br0' }];
    expect(classOf('/vm/networks/0/name', { networks: cards }, { networks: cards.slice(1) })).toBe('live');
  });

  it('needs a restart where it is the boot disk, cannot be plugged, or another one changes too', () => {
    expect(classOf('/vm/disks/0/path', { disks: [a, b] }, { disks: [b] })).toBe('restart');
    expect(classOf('/vm/disks/1/path', { disks: [a, { ...b, bus: 'sata' }, c] }, { disks: [a, c] })).toBe('restart');
    expect(classOf('/vm/disks/1/path', { disks: [a, b, c] }, { disks: [a, { ...c, bus: 'scsi' }] })).toBe('restart');
    expect(classOf('/vm/disks/1/path', { disks: [a, b, c] }, { disks: [a, c, b] })).toBe('restart');
    const [first, second] = [{ name: 'x' }, { name: 'y' }];
    const ports = [{ container: 80, host: 8080 }];
    expect(classOf('/vm/networks/0/name', { networks: [first, second], ports }, { networks: [second], ports })).toBe(
      'restart',
    );
  });
});
