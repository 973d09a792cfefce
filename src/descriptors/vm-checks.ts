import { isIP } from 'node:net';
import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';
import type { Path } from './problem.ts';
import type { ShapeReport } from './shape.ts';

/** What no schema can say of a vm block and no host is needed for. `disk` and `card` give the path of the nth as it was written. */
export function reportVmFaults(
  vm: JsonObject,
  { disk, card }: { disk(index: number): Path; card(index: number): Path },
  fault: ShapeReport,
): void {
  const wrong = (path: Path, expected: string, value: Json | undefined): void =>
    fault({ code: 'PJ1012', details: { key: keyOf(path), expected, value: JSON.stringify(value) }, path });
  atLeast(vm, 'maxVcpu', 'vcpu', wrong);
  atLeast(vm, 'maxMemory', 'memory', wrong);
  for (const key of ['initrd', 'cmdline'])
    if (vm[key] !== undefined && vm['kernel'] === undefined)
      fault({ code: 'PJ1018', details: { what: `\`vm.${key}\``, needs: '`kernel`' }, path: ['vm', key] });
  for (const [i, each] of maps(vm['disks'])) diskFaults(each, disk(i), fault);
  for (const [i, each] of maps(vm['networks'])) cardFaults(each, card(i), wrong, fault);
  for (const [i, each] of maps(vm['firewall'])) ruleFaults(each, ['vm', 'firewall', i], wrong);
  for (const [i, each] of list(vm['gpu']).entries())
    if (typeof each === 'string' && !PCI.test(each))
      wrong(['vm', 'gpu', i], 'a PCI address such as 0000:01:00.0', each);
}

type Wrong = (path: Path, expected: string, value: Json | undefined) => void;

const PCI = /^[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/i;

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

/** Those of a list that are known. */
const maps = (value: Json | undefined): [number, JsonObject][] =>
  list(value).flatMap((each, i): [number, JsonObject][] => (isObject(each) && !isLeaf(each) ? [[i, each]] : []));

const keyOf = (path: Path): string =>
  path.map((each, i) => (typeof each === 'number' ? `[${each}]` : i === 0 ? each : `.${each}`)).join('');

function atLeast(vm: JsonObject, most: string, now: string, wrong: Wrong): void {
  const [high, low] = [vm[most], vm[now]];
  if (typeof high === 'number' && typeof low === 'number' && high < low)
    wrong(['vm', most], `no less than \`vm.${now}\`, which is ${low}`, high);
}

function diskFaults({ path, pool, volume }: JsonObject, at: Path, fault: ShapeReport): void {
  const other = pool === undefined ? 'volume' : 'pool';
  const otherValue = pool ?? volume;
  if (path !== undefined && otherValue !== undefined)
    fault({
      code: 'PJ1015',
      details: {
        key: keyOf([...at, 'path']),
        value: JSON.stringify(path),
        other: keyOf([...at, other]),
        otherValue: JSON.stringify(otherValue),
      },
      path: [...at, other],
    });
  else if (path === undefined && (pool === undefined || volume === undefined))
    fault({ code: 'PJ1018', details: { what: 'a disk', needs: '`path`, or `pool` and `volume`' }, path: at });
}

function cardFaults(card: JsonObject, at: Path, wrong: Wrong, fault: ShapeReport): void {
  const { mode, bridge, mac, address } = card;
  if (mode === 'bridge' && bridge === undefined)
    fault({ code: 'PJ1018', details: { what: 'a card on a bridge', needs: '`bridge`, the name of it' }, path: at });
  if (bridge !== undefined && mode === 'nat') wrong([...at, 'mode'], '`bridge` where a `bridge` is named', mode);
  // The lowest bit of the first byte says that a group is meant.
  if (typeof mac === 'string' && Number.parseInt(mac.slice(0, 2), 16) % 2 === 1)
    wrong([...at, 'mac'], 'the MAC address of one card: its first byte is even', mac);
  if (typeof address === 'string' && isIP(address) === 0)
    wrong([...at, 'address'], 'an address such as 192.168.122.50', address);
}

function ruleFaults({ protocol, port, source }: JsonObject, at: Path, wrong: Wrong): void {
  if (port !== undefined && (protocol === undefined || protocol === 'all' || protocol === 'icmp'))
    wrong([...at, 'protocol'], 'tcp or udp where a port is named', protocol ?? 'all');
  if (typeof source === 'string' && !isNetwork(source))
    wrong([...at, 'source'], 'an address or network such as 10.0.0.0/8', source);
}

function isNetwork(text: string): boolean {
  const [, address = '', length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(length ?? 0) <= (version === 4 ? 32 : 128);
}
