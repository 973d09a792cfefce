import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';
import { asIs, type Convert, convertKeys, toBytes, toList, toMap, toPort } from './convert.ts';
import { readPorts } from './normalise-container.ts';
import type { ShapeReport } from './shape.ts';
import { reportVmFaults } from './vm-checks.ts';

const VM: Record<string, Convert> = {
  memory: toBytes,
  maxMemory: toBytes,
  graphics: (value) => ({ type: 'vnc', ...(toMap({ port: toPort })(value) as JsonObject) }),
  firewall: toList(toMap({ port: toPort })),
  gpu: toList(asIs),
};

/** Puts a vm block into a spec: `disk` and `network` become the first of `disks` and `networks`. */
export function normaliseVm(spec: JsonObject, block: JsonObject, fault: ShapeReport): void {
  const { disk, disks, network, networks, ports, ...rest } = block;
  const vm = convertKeys(rest, VM);
  const allDisks = [...(disk === undefined ? [] : [disk]), ...(Array.isArray(disks) ? disks : [])].map(toDisk);
  if (allDisks.length > 0) vm['disks'] = allDisks;
  const cards = [...(network === undefined ? [] : [network]), ...(Array.isArray(networks) ? networks : [])];
  if (cards.length > 0) vm['networks'] = cards.map((card, i) => toCard(card, network === undefined ? i : i - 1, fault));
  if (Array.isArray(ports)) vm['ports'] = readPorts(ports, ['vm', 'ports'], fault);
  reportVmFaults(
    vm,
    {
      disk: (i) => (disk === undefined ? ['vm', 'disks', i] : i === 0 ? ['vm', 'disk'] : ['vm', 'disks', i - 1]),
      card: (i) =>
        network === undefined ? ['vm', 'networks', i] : i === 0 ? ['vm', 'network'] : ['vm', 'networks', i - 1],
    },
    fault,
  );
  if (
    allDisks.length === 0 &&
    vm['kernel'] === undefined &&
    vm['cdrom'] === undefined &&
    vm['networks'] === undefined
  ) {
    fault({
      code: 'PJ1018',
      details: { what: 'a virtual machine', needs: 'something to boot from: `disk`, `cdrom`, `kernel` or a network' },
      path: ['vm'],
    });
  }
  spec['vm'] = vm;
}

const toDisk = (disk: Json): Json =>
  isObject(disk) && !isLeaf(disk) ? convertKeys(disk, { size: toBytes }) : { path: disk };

function toCard(card: Json, index: number, fault: ShapeReport): Json {
  if (!isObject(card) || isLeaf(card)) return { mode: card };
  const { ports, ...rest } = card;
  const at = index < 0 ? ['vm', 'network', 'ports'] : ['vm', 'networks', index, 'ports'];
  return Array.isArray(ports) ? { ...rest, ports: readPorts(ports, at, fault) } : rest;
}
