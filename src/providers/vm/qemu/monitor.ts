import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import { type Qmp, withQmp } from './qmp.ts';

/** A machine as its QEMU tells it. */
export interface Told {
  /** QEMU's own word: `running`, `paused`, `io-error`, … */
  status: string;
  vcpus: number;
  /** Bytes that the guest has: without what the balloon holds. */
  memory: number;
  /** Bytes with what the balloon holds. */
  allMemory: number;
  /** Ids of what is plugged in. */
  devices: Set<string>;
  /** Bytes of each disk, by the disk's id. */
  sizes: Map<string, number>;
  /** Of forwarded ports: what QEMU listens on. */
  forwards: Forward[];
  /** Port of the screen. */
  vnc?: number;
}

/** One forwarded port as it is. */
export interface Forward {
  /** Id of the network of the card. */
  network: string;
  protocol: string;
  hostIp: string;
  host: number;
  container: number;
}

/** Asks a QEMU how its machine is, over one short connection. */
export const tell = (path: string, how: { vnc: boolean }): Promise<Told> => withQmp(path, (qmp) => ask(qmp, how));

/** The same over a connection that is there. */
export async function ask(qmp: Qmp, { vnc }: { vnc: boolean }): Promise<Told> {
  const [status, cpus, sizes, balloon, devices, blocks, usernet, screen] = await Promise.all([
    qmp.ask('query-status'),
    qmp.ask('query-cpus-fast'),
    qmp.ask('query-memory-size-summary'),
    qmp.ask('query-balloon').catch(() => null),
    qmp.ask('qom-list', { path: '/machine/peripheral' }),
    qmp.ask('query-named-block-nodes', { flat: true }),
    qmp.human('info usernet'),
    vnc ? qmp.ask('query-vnc').catch(() => null) : null,
  ]);
  const allMemory = numberIn(sizes, 'base-memory') + numberIn(sizes, 'plugged-memory');
  const port = Number(isObject(screen) ? screen['service'] : Number.NaN);
  return {
    status: textIn(status, 'status'),
    vcpus: listOf(cpus).length,
    memory: numberIn(balloon, 'actual') || allMemory,
    allMemory,
    devices: new Set(listOf(devices).map((one) => textIn(one, 'name'))),
    sizes: new Map(listOf(blocks).map((one) => [textIn(one, 'node-name'), numberIn(one['image'], 'virtual-size')])),
    forwards: forwardsIn(usernet),
    ...(Number.isNaN(port) ? {} : { vnc: port }),
  };
}

/** Lines such as `TCP[HOST_FORWARD]  12  127.0.0.1  8080  10.0.2.15  80  0 0`, below a line that names the network. */
function forwardsIn(text: string): Forward[] {
  let network = '';
  return text.split(/\r?\n/).flatMap((line) => {
    network = /\((back-\w+)\)/.exec(line)?.[1] ?? network;
    const match = /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\S+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)/.exec(line);
    if (match === null) return [];
    const [, protocol = '', ip = '', host, container] = match;
    return [
      {
        network,
        protocol: protocol.toLowerCase(),
        hostIp: ip === '*' ? '0.0.0.0' : ip,
        host: Number(host),
        container: Number(container),
      },
    ];
  });
}

export const listOf = (value: Json): JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : []);
export const textIn = (value: Json | undefined, key: string): string => {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'string' ? found : '';
};
export const numberIn = (value: Json | undefined, key: string): number => {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === 'number' ? found : 0;
};
