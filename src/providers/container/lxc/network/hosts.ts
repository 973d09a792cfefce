import type { Spec } from '../../../../model/spec.ts';
import { MARK } from '../../../marks.ts';
import { type SeenContainer, seeContainers } from '../container/seen-container.ts';
import type { Lxc } from '../engine.ts';
import { type Known, writeHostFiles, writePeers } from './host-files.ts';

/** Writes the name tables of one container, and tells those in the same networks of it, or that one has gone. */
export function refreshHosts(lxc: Lxc, changed?: { name: string; spec: Spec }): void {
  const all = seeContainers(lxc).filter(({ whole, marks }) => whole && marks !== undefined);
  for (const one of all) {
    const peers = all.filter((other) => other !== one).flatMap((other) => knownIn(other, one));
    if (one.name === changed?.name)
      writeHostFiles(one.dir, changed.spec, knownIn(one, one, changed.spec.container?.hostname), peers);
    else writePeers(one.dir, peers);
  }
}

/** As what one container is known in the user-defined networks that another one is in. */
function knownIn(seen: SeenContainer, where: SeenContainer, hostname?: string): Known[] {
  const theirs = new Set(where.marks?.facts.nets.map(({ network }) => network));
  return (seen.marks?.facts.nets ?? []).flatMap(({ network, address, aliases = [] }) => {
    const own = seen === where;
    if (address === undefined || !theirs.has(network) || (network.startsWith('@') && !own)) return [];
    const id = seen.marks?.labels[MARK.id];
    const names = [hostname, seen.name, id, ...aliases].filter((one) => one !== undefined);
    return [{ address: address.split('/')[0] ?? '', names: [...new Set(names)] }];
  });
}
