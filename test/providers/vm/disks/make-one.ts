import { openDisks } from '../../../../src/providers/vm/disks/disks.ts';
import { machineOf } from '../../../../src/providers/vm/machine.ts';

/** Makes or removes one disk, to be killed meanwhile: `make-one.ts DIR make|remove`. */
const [, , dir = '', what] = process.argv;
const vm = { disks: [{ path: 'a.qcow2', size: 4 * 2 ** 20 }] };
const machine = machineOf({ project: 'p', lineage: 'l', id: 'db', generation: 1 }, { vm }, dir);
const disks = openDisks({ dir, local: true });
const context = { signal: new AbortController().signal, progress: () => undefined };
await disks[what === 'make' ? 'make' : 'remove'](machine, { action: 'create', id: 'db' }, context);
