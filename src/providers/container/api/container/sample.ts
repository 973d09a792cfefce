import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import { memoryUsageV1 } from '../../../../os/cgroup-v1.ts';
import { cpuUsecV2, memoryUsageV2 } from '../../../../os/cgroup-v2.ts';
import { readKernelFile, readNumber } from '../../../../os/kernel-file.ts';
import type { CallContext, Usage } from '../../../contract.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { containerGroup, isV2 } from './cgroup.ts';
import type { ContainerContext } from './containers.ts';

/** Younger than this, a sample says nothing about use per second. ms */
const SHORTEST = 100;

interface Reading extends Omit<Usage, 'id' | 'cpu'> {
  cpuUsec: number;
}

/** Of an engine's own statistics, what is used here. */
interface Stats {
  cpu_stats?: { cpu_usage?: { total_usage?: number }; throttling_data?: { throttled_time?: number } };
  memory_stats?: { usage?: number; limit?: number; stats?: Record<string, number> };
  pids_stats?: { current?: number };
  blkio_stats?: { io_service_bytes_recursive?: { op?: string; value?: number }[] | null };
  networks?: Record<string, { rx_bytes?: number; tx_bytes?: number }>;
}

/** What containers use now. CPU since the sample before; where there was none, over the next tenth of a second. */
export function containerSample({ open }: ContainerContext) {
  const before = new Map<string, { cpuUsec: number; atMs: number }>();
  return async (records: WorkloadRecord[], context: CallContext): Promise<Usage[]> => {
    if (records.length === 0) return [];
    const engine = await open(context);
    const keyOf = ({ handle }: WorkloadRecord): string => String(handle?.['id'] ?? '');
    const look = async (record: WorkloadRecord): Promise<Reading | undefined> =>
      read(engine, record, keyOf(record), context);
    const first = records.filter(
      (one) => Date.now() - (before.get(keyOf(one))?.atMs ?? 0) < SHORTEST || !before.has(keyOf(one)),
    );
    await Promise.all(
      first.map(async (record) => {
        const reading = await look(record);
        if (reading !== undefined) before.set(keyOf(record), { cpuUsec: reading.cpuUsec, atMs: Date.now() });
      }),
    );
    if (first.length > 0) await sleep(SHORTEST, undefined, { signal: context.signal });
    return Promise.all(
      records.map(async (record) => {
        const now = await look(record);
        const last = before.get(keyOf(record));
        if (now === undefined) {
          before.delete(keyOf(record));
          return { id: record.id, processes: 0 };
        }
        const { cpuUsec, ...usage } = now;
        const atMs = Date.now();
        before.set(keyOf(record), { cpuUsec, atMs });
        // A restart in between begins to count from 0.
        if (last === undefined || cpuUsec < last.cpuUsec || atMs <= last.atMs) return { id: record.id, ...usage };
        return { id: record.id, ...usage, cpu: (cpuUsec - last.cpuUsec) / 1000 / (atMs - last.atMs) };
      }),
    );
  };
}

/** From the kernel where its group can be seen here, else as the engine tells it; undefined where it does not run. */
async function read(
  engine: ApiEngine,
  record: WorkloadRecord,
  id: string,
  context: CallContext,
): Promise<Reading | undefined> {
  return (engine.local ? readGroup(engine, id) : undefined) ?? (await readStats(engine, record, id, context));
}

function readGroup({ name }: ApiEngine, id: string): Reading | undefined {
  const group = (controller: string): string => containerGroup(name, id, controller) ?? '';
  const v2 = isV2();
  const cpuUsec = v2 ? cpuUsecV2(group('cpu')) : perThousand(readNumber(join(group('cpuacct'), 'cpuacct.usage')));
  const memory = v2 ? memoryUsageV2(group('memory')) : memoryUsageV1(group('memory'));
  const members = readKernelFile(join(group('pids'), 'cgroup.procs'));
  const threads = readNumber(join(group('pids'), 'pids.current'));
  if (cpuUsec === undefined || memory === undefined || members === undefined) return undefined;
  const processes = members.split('\n').filter((line) => line !== '').length;
  return {
    cpuUsec,
    cpuSeconds: cpuUsec / 1e6,
    memory,
    workingSet: memory,
    processes,
    ...(threads === undefined ? {} : { threads }),
  };
}

async function readStats(
  engine: ApiEngine,
  record: WorkloadRecord,
  id: string,
  context: CallContext,
): Promise<Reading | undefined> {
  const doing = { action: 'sample', id: record.id };
  const query = { stream: 'false', 'one-shot': 'true' };
  const path = `/containers/${id}/stats`;
  const stats = await engine.dial<Stats>(doing, context, { method: 'GET', path, query }).catch((thrown: unknown) => {
    // One that is gone, or does not run, uses nothing.
    if (thrown instanceof PjError && thrown.code === 'PJ5407') return undefined;
    throw thrown;
  });
  const cpuUsec = perThousand(stats?.cpu_stats?.cpu_usage?.total_usage);
  const { usage, stats: detail = {} } = stats?.memory_stats ?? {};
  if (cpuUsec === undefined || cpuUsec === 0) return undefined;
  const cache = detail['total_inactive_file'] ?? detail['inactive_file'] ?? 0;
  const threads = stats?.pids_stats?.current;
  const workingSet = usage === undefined ? undefined : Math.max(0, usage - cache);
  const limit = stats?.memory_stats?.limit;
  const throttled = stats?.cpu_stats?.throttling_data?.throttled_time;
  return {
    cpuUsec,
    cpuSeconds: cpuUsec / 1e6,
    ...(throttled === undefined ? {} : { throttledSeconds: throttled / 1e9 }),
    ...(workingSet === undefined ? {} : { memory: workingSet, workingSet }),
    // Without a limit an engine tells the memory of its whole host.
    ...(record.spec.resources?.memory === undefined || limit === undefined ? {} : { memoryLimit: limit }),
    ...(threads === undefined ? {} : { threads }),
    ...trafficIn(stats, isSwapped(engine)),
  };
}

/** Podman before 4.4 tells what the host's end of a container's network has received and sent (containers/podman#16618). */
function isSwapped({ name, version }: ApiEngine): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return name === 'podman' && (major < 4 || (major === 4 && minor < 4));
}

function trafficIn(stats: Stats | undefined, swapped: boolean): Partial<Usage> {
  const blocks = stats?.blkio_stats?.io_service_bytes_recursive ?? [];
  const sum = (wanted: string): number =>
    blocks.reduce((all, { op, value }) => all + (op?.toLowerCase() === wanted ? (value ?? 0) : 0), 0);
  const devices = Object.values(stats?.networks ?? {});
  const received = devices.reduce((all, { rx_bytes: bytes = 0 }) => all + bytes, 0);
  const sent = devices.reduce((all, { tx_bytes: bytes = 0 }) => all + bytes, 0);
  const [networkReceived, networkSent] = swapped ? [sent, received] : [received, sent];
  return {
    ...(blocks.length === 0 ? {} : { diskRead: sum('read'), diskWritten: sum('write') }),
    ...(devices.length === 0 ? {} : { networkReceived, networkSent }),
  };
}

const perThousand = (nanoseconds: number | undefined): number | undefined =>
  nanoseconds === undefined ? undefined : nanoseconds / 1000;
