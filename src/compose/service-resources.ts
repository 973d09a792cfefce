import type { JsonObject } from '../model/json.ts';
import { type Context, refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { sizeOf } from './service-mounts.ts';
import { composeBytes, sizeText } from './sizes.ts';
import { placeOf, type Table, type Tree, textOf } from './tree.ts';

/** Quotas, and what stands beside them in `container`. */
export interface Limits {
  resources: JsonObject;
  container: JsonObject;
}

/** Where Compose 2 has what descriptors call this. */
const WRITTEN: Record<string, string[]> = {
  cpu: ['cpus', 'cpu_quota'],
  memory: ['mem_limit'],
  maxProcesses: ['pids_limit'],
};

/** Limits as they stand in the service itself; those under `deploy` hold over them, as with Compose. */
export function limitsOf(context: Context, fields: Fields, deployed: Limits): Limits {
  const cpu = fields.number('cpus') ?? quota(fields);
  const pids = fields.number('pids_limit');
  const memory = sizeOf(context, fields, 'mem_limit');
  const swap = swapBeside(fields, (deployed.resources['memory'] as string | undefined) ?? memory);
  const reservation = sizeOf(context, fields, 'mem_reservation');
  const shm = sizeOf(context, fields, 'shm_size');
  const cpuset = fields.text('cpuset');
  const blkio = fields.within('blkio_config', (io) => blockIo(context, io));
  const own = known({ cpu: cpu || undefined, memory, maxProcesses: positive(pids) });
  for (const [key, value] of Object.entries(own)) {
    const other = deployed.resources[key];
    if (other === undefined || other === value) continue;
    for (const name of WRITTEN[key] ?? [])
      fields.drop(name, 'what stands under `deploy` holds over it', 'Keep one of them.');
  }
  return {
    resources: { ...own, ...deployed.resources },
    container: {
      ...known({
        memorySwap: swap,
        memoryReservation: reservation,
        shmSize: shm,
        cpuset,
        blkio,
        gpus: gpusOf(context, fields),
      }),
      ...deployed.container,
    },
  };
}

/** `deploy.resources`. */
export function deployedLimits(context: Context, deploy: Fields): Limits {
  const limits: Limits = { resources: {}, container: {} };
  deploy.within('resources', (resources) => {
    resources.within('limits', (limit) => {
      const [cpu, memory, pids] = [limit.number('cpus'), sizeOf(context, limit, 'memory'), limit.number('pids')];
      Object.assign(limits.resources, known({ cpu: cpu || undefined, memory, maxProcesses: positive(pids) }));
    });
    resources.within('reservations', (reserved) => {
      const memoryReservation = sizeOf(context, reserved, 'memory');
      const gpus = devices(context, reserved, 'devices');
      reserved.drop('cpus', 'cores cannot be reserved on one host', 'Limit the others with `resources.cpu`.');
      reserved.drop('generic_resources', 'it is for Swarm', '');
      Object.assign(limits.container, known({ memoryReservation, gpus }));
    });
  });
  return limits;
}

const positive = (number: number | undefined): number | undefined =>
  number !== undefined && number > 0 ? number : undefined;

const known = (values: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** Cores of a CFS quota; a period alone says nothing, and is listed. */
function quota(fields: Fields): number | undefined {
  const microseconds = inMicroseconds(fields.text('cpu_quota'));
  if (microseconds === undefined) return undefined;
  const period = inMicroseconds(fields.text('cpu_period')) ?? 100_000;
  return microseconds > 0 && period > 0 ? microseconds / period : undefined;
}

const inMicroseconds = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number.parseFloat(text) * (text.endsWith('ms') ? 1000 : 1);

/** Compose counts swap and memory together, pj swap alone. */
function swapBeside(fields: Fields, memory: string | undefined): string | undefined {
  const value = fields.scalar('memswap_limit');
  if (value === undefined) return undefined;
  const total = composeBytes(textOf(value));
  const own = composeBytes(memory ?? '');
  if (total !== undefined && own !== undefined && total > own) return sizeText(total - own);
  if (total === undefined || own === undefined || total < own)
    fields.drop(
      'memswap_limit',
      'swap without a limit, or without a limit of memory, has no counterpart',
      'Set `resources.memory` and `container.memorySwap` (swap beside the memory).',
    );
  return undefined;
}

const RATES = {
  device_read_bps: 'readBps',
  device_write_bps: 'writeBps',
  device_read_iops: 'readIops',
  device_write_iops: 'writeIops',
} as const;

function blockIo(context: Context, io: Fields): JsonObject {
  const out: JsonObject = known({ weight: io.number('weight') });
  io.drop('weight_device', 'pj has no weights by device', 'Give rates by device.');
  for (const [key, own] of Object.entries(RATES)) {
    const rates = io.items(key).flatMap((item, i): [string, number][] => {
      if (item.type !== 'table') return refuse(context, item.spot, `${io.path}.${key}[${i}]`, 'it must be a map') ?? [];
      return withFields(context, item, `${io.path}.${key}[${i}]`, (one): [string, number][] => {
        const [path, rate] = [one.text('path'), composeBytes(one.text('rate') ?? '')];
        if (path !== undefined && rate !== undefined) return [[path, rate]];
        refuse(context, item.spot, one.path, 'it needs `path` and `rate`');
        return [];
      });
    });
    if (rates.length > 0) out[own] = Object.fromEntries(rates);
  }
  return out;
}

/** `gpus: all`, or a list of devices. */
function gpusOf(context: Context, fields: Fields): JsonObject[string] {
  const value = fields.get('gpus');
  if (value?.type === 'scalar') return textOf(value) === 'all' ? 'all' : Number(textOf(value)) || undefined;
  return devices(context, fields, 'gpus');
}

/** GPUs out of a list of devices; other devices are listed. */
function devices(context: Context, fields: Fields, key: string): JsonObject[string] {
  const found = fields.items(key).map((item, i) => {
    if (item.type !== 'table') return refuse(context, item.spot, `${fields.path}.${key}[${i}]`, 'it must be a map');
    return withFields(context, item, `${fields.path}.${key}[${i}]`, (device) =>
      gpu(context, device, item, key === 'gpus'),
    );
  });
  return found.find((one) => one !== undefined);
}

function gpu(context: Context, device: Fields, item: Table, isGpu: boolean): JsonObject[string] {
  const capabilities = device.texts('capabilities').map(textOf);
  const ids = device.texts('device_ids').map(textOf);
  const count: Tree | undefined = device.get('count');
  device.drop('driver', 'the engine chooses the driver', '');
  device.drop('options', 'pj gives no options to a driver', '');
  if (!isGpu && !capabilities.includes('gpu')) {
    context.note(item.spot, device.path, 'only GPUs are reserved', 'Name the device in `container.devices`.');
    return undefined;
  }
  const other = capabilities.filter((one) => one !== 'gpu');
  if (other.length > 0)
    context.note(item.spot, device.path, `the capabilities ${other.join(', ')} are not asked for`, '');
  if (ids.length > 0) return ids;
  const text = count?.type === 'scalar' ? textOf(count) : 'all';
  return text === 'all' || text === '-1' ? 'all' : Number(text) || undefined;
}

/** `ulimits`: a number, or soft and hard. */
export function ulimitsOf(context: Context, fields: Fields): JsonObject | undefined {
  const limits = fields.named('ulimits').flatMap(([name, value, spot]): [string, JsonObject[string]][] => {
    const path = `${fields.path}.ulimits.${name}`;
    if (value.type === 'scalar') {
      const number = Number(textOf(value));
      if (Number.isInteger(number)) return [[name, number]];
    } else if (value.type === 'table') {
      return withFields(context, value, path, (one): [string, JsonObject[string]][] => {
        const [soft, hard] = [one.number('soft'), one.number('hard')];
        return [[name, { soft: soft ?? hard ?? -1, hard: hard ?? soft ?? -1 }]];
      });
    }
    refuse(context, spot, path, `it must be a whole number, or soft and hard (line ${placeOf(spot).line})`);
    return [];
  });
  return limits.length === 0 ? undefined : Object.fromEntries(limits);
}
