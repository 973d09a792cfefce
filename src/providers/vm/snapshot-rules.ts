import { isDeepStrictEqual } from 'node:util';
import type { WorkloadRecord } from '../../model/record.ts';
import type { VmDisk } from '../../model/vm-spec.ts';
import type { Workload } from '../../model/workload.ts';
import type { EngineSnapshot, Finding, Snapshots, Target } from '../contract.ts';
import type { Machine, MachineDisk } from './machine.ts';

/** The disks that a snapshot is in: what is only read needs none. */
export const keptDisks = ({ disks }: Machine): MachineDisk[] => disks.filter(({ readOnly }) => readOnly !== true);

/** Why no such snapshot can be made; undefined where it can. */
export function reasonAgainst(
  disks: readonly MachineDisk[],
  { memory, quiesce }: Parameters<Snapshots['create']>[1],
  { runs, guestAgent }: { runs: boolean; guestAgent: boolean },
): string | undefined {
  if (disks.length === 0) return 'it has no disk to keep a snapshot in';
  const raw = disks.find(({ format }) => format !== 'qcow2');
  if (raw !== undefined) return `the disk ${nameOf(raw)} is ${raw.format}, and only qcow2 keeps snapshots`;
  if (!runs) return undefined;
  // QEMU aborts where memory goes into LUKS, and in a disk that is not encrypted it would be open to all.
  if (memory && disks.some(({ encryption }) => encryption !== undefined))
    return 'memory is not kept in encrypted disks; keep its disks alone, or stop it first';
  if (!quiesce) return undefined;
  if (memory) return 'a guest whose memory is kept would go on with frozen file systems; quiesce goes with disks alone';
  return guestAgent ? undefined : 'there is no guest agent to freeze its file systems (vm.guestAgent)';
}

/** Of a processor or memory that was plugged in: neither runtime goes back to it once the machine was off. */
export const ADDED =
  'what was added while it ran is in no machine that starts anew: restart it first, or keep its disks alone';

const nameOf = ({ path, pool, volume }: VmDisk): string => path ?? `${pool ?? ''}/${volume ?? ''}`;
const isSameDisk = (a: VmDisk, b: VmDisk): boolean => nameOf(a) === nameOf(b);

/** Of another one its memory is of no use; libvirt brings back the machine with its memory, as long as there is one. */
const REPLACED = ['runtime', 'arch'] as const;
const HARDWARE = [
  ...REPLACED,
  ...(['vcpu', 'maxVcpu', 'memory', 'maxMemory', 'cpuModel', 'machine', 'firmware', 'networks'] as const),
  ...(['graphics', 'serial', 'guestAgent', 'gpu', 'cdrom'] as const),
];

/** Whether something changes that snapshots have to do with. */
export const touchesSnapshots = (record: WorkloadRecord, { spec }: Workload): boolean =>
  !isDeepStrictEqual(record.spec.vm, spec.vm) || !isDeepStrictEqual(record.spec.resources, spec.resources);

/** What the snapshots that a machine has forbid, and what is lost of them. */
export function snapshotFindings(
  snapshots: readonly EngineSnapshot[],
  record: WorkloadRecord,
  { id, spec }: Workload,
): Finding[] {
  if (snapshots.length === 0) return [];
  const before = record.spec.vm ?? {};
  const after = spec.vm ?? {};
  const names = snapshots.map(({ name }) => name).join(', ');
  const findings: Finding[] = [];
  const refuse = (path: string, message: string): void =>
    void findings.push({
      severity: 'error',
      path,
      message: `${message}, while it has snapshots: ${names}`,
      hint: `Delete them first (\`pj snapshot delete ${id} NAME\`), or leave it as it is.`,
    });
  const [had = [], wanted = []] = [before.disks, after.disks];
  for (const disk of had)
    if (disk.readOnly !== true && !wanted.some((one) => isSameDisk(one, disk)))
      refuse('/vm/disks', `the disk ${nameOf(disk)} cannot be taken away`);
  for (const [i, disk] of wanted.entries()) {
    const old = had.find((one) => isSameDisk(one, disk));
    if (old === undefined && disk.readOnly !== true)
      refuse(`/vm/disks/${i}`, `the disk ${nameOf(disk)} cannot be added`);
    if (old === undefined) continue;
    if ((old.readOnly === true) !== (disk.readOnly === true))
      refuse(`/vm/disks/${i}/readOnly`, `the disk ${nameOf(disk)} cannot change so`);
    if (disk.size !== undefined && !isDeepStrictEqual(old.size, disk.size))
      refuse(`/vm/disks/${i}/size`, `the disk ${nameOf(disk)} cannot grow`);
  }
  if (after.host !== undefined && after.host !== (record.handle?.['uri'] ?? before.host))
    refuse('/vm/host', 'it cannot be migrated');
  const kept = snapshots.filter(({ memory }) => memory).map(({ name }) => name);
  const held = record.handle?.['runtime'] === 'qemu' ? HARDWARE : REPLACED;
  const other = held.filter((key) => !isDeepStrictEqual(before[key], after[key]));
  if (kept.length > 0 && other.length > 0)
    findings.push({
      severity: 'warning',
      path: `/vm/${other[0] ?? ''}`,
      message: `${kept.join(', ')} hold the memory of a machine with another ${other.join(', ')}`,
      hint: 'pj snapshot revert goes back to them only with what they were made with.',
    });
  return findings;
}

/** The machine that a record tells of, to ask for its snapshots. */
export const recordTarget = (
  { id, generation, handle, spec }: WorkloadRecord,
  { project, lineage }: { project: string; lineage: string },
): Target => ({ identity: { project, lineage, id, generation }, handle, spec, specDigest: '' });
