import { checkDisks } from './check.ts';
import type { DiskPlace, Disks } from './contract.ts';
import { type Making, makeFile, mend, removeFile } from './files.ts';
import { openLedger } from './ledger.ts';
import { makeVolume, removeVolume } from './volumes.ts';

/** The disks of the machines of one project on one host. */
export function openDisks(place: DiskPlace): Disks {
  const ledger = openLedger(place);
  const tidy = (uuid: string): void => {
    ledger.sweep();
    for (const { key, entry } of ledger.all()) if (entry.for.uuid === uuid) mend(ledger, place.dir, key);
  };
  return {
    async make(machine, doing, context, before) {
      ledger.sweep();
      const making: Making = { place, ledger, machine, before, doing, context };
      for (const disk of machine.disks) {
        context.signal.throwIfAborted();
        await (disk.file === undefined ? makeVolume(making, disk) : makeFile(making, disk, disk.file));
      }
    },
    async remove(machine, doing, context) {
      const making: Making = { place, ledger, machine, doing, context };
      // What its descriptor does not say how to make is not its to take away, and no plan has told of it.
      for (const disk of machine.disks.filter(({ size, base }) => size !== undefined || base !== undefined))
        await (disk.file === undefined ? removeVolume(making, disk) : removeFile(making, disk, disk.file));
      tidy(machine.uuid);
    },
    follow(machine, from) {
      const before = openLedger({ ...place, uri: from });
      for (const { key, file } of machine.disks) {
        const entry = file === undefined ? before.get(key) : undefined;
        if (entry === undefined || ledger.get(key) !== undefined) continue;
        const { mark: _, ...known } = entry;
        ledger.put(key, { ...known, ...(place.uri === undefined ? {} : { uri: place.uri }) });
      }
    },
    tidy,
    check: (machine, made, context, around = {}) => checkDisks({ place, ledger, machine, made, context, ...around }),
  };
}
