import type { Observed } from '../../../../model/observed.ts';
import type { EngineSnapshot } from '../../../contract.ts';
import type { SnapshotNotes } from '../../snapshot-notes.ts';
import { all, number, one, text, type Xml } from './tree.ts';

const STATES: Record<string, Observed['status']> = { running: 'running', paused: 'paused' };

/** A snapshot as libvirt keeps it. What is known of its machine's state goes before: of disks alone libvirt takes it for off. */
export function snapshotIn(xml: Xml, current: string, { snapshots }: SnapshotNotes): EngineSnapshot {
  const name = text(xml, 'name') ?? '';
  const parent = text(xml, 'parent', 'name');
  const description = text(xml, 'description');
  return {
    name,
    createdAt: new Date((number(xml, 'creationTime') ?? 0) * 1000).toISOString(),
    memory: (text(xml, 'memory', '@snapshot') ?? 'no') !== 'no',
    status: snapshots[name]?.status ?? STATES[text(xml, 'state') ?? ''] ?? 'stopped',
    current: name === current,
    ...(parent === undefined ? {} : { parent }),
    ...(description === undefined ? {} : { description }),
  };
}

/** Oldest first; of those of one second, which is as fine as libvirt's clock is, the one that others come from. */
export function inOrder(snapshots: readonly EngineSnapshot[]): EngineSnapshot[] {
  const parents = new Map(snapshots.map(({ name, parent }) => [name, parent]));
  const depth = (name: string | undefined): number =>
    name === undefined || !parents.has(name) ? 0 : 1 + depth(parents.get(name));
  return snapshots.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || depth(a.name) - depth(b.name));
}

/** Disks that the guest writes to. */
const writable = (live: Xml): Xml[] =>
  all(one(live, 'devices'), 'disk').filter(
    (disk) => text(disk, '@device') === 'disk' && one(disk, 'readonly') === undefined,
  );

/** What QEMU calls the images of a domain that runs. */
export const formatNodes = (live: Xml): string[] =>
  writable(live).map((disk) => `libvirt-${text(disk, 'source', '@index') ?? ''}-format`);

/** Every one is in the snapshot. */
export const disksXml = (live: Xml): Xml => ({
  disk: writable(live).map((disk) => ({ '@name': text(disk, 'target', '@dev'), '@snapshot': 'internal' })),
});

/** A processor was added while it ran. */
export const addedProcessor = (live: Xml): boolean =>
  all(one(live, 'vcpus'), 'vcpu').some(
    (vcpu) => text(vcpu, '@enabled') === 'yes' && text(vcpu, '@hotpluggable') === 'yes',
  );
