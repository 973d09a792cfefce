import { PjError } from '../../../errors.ts';
import { ASK_MS, type GuestAgent } from '../guest/agent.ts';
import { type Live, settled, unchanged } from './hot-plug.ts';
import { listOf, numberIn } from './monitor.ts';
import { near } from './observed.ts';

const MIB = 1024 * 1024;
/** Guests take up memory in blocks of this. */
const BLOCK = 128 * MIB;
/** A balloon goes by pages. Bytes. */
const PAGES = 65_536;

/** Gives the guest more memory, in modules that are plugged in, or takes some back through the balloon. */
export async function changeMemory(live: Live): Promise<void> {
  const { id, qmp, told, machine, context } = live;
  const { memory, maxMemory } = machine;
  if (near(told.memory, memory)) return;
  const missing = memory - told.allMemory;
  if (missing > 0 && !near(told.allMemory, memory)) {
    const size = Math.min(Math.ceil(missing / BLOCK) * BLOCK, maxMemory - told.allMemory);
    if (size < missing) throw unchanged(id, `there is room for ${Math.floor(maxMemory / MIB)} MiB only`);
    await addModule(live, size);
  }
  await setBalloon({ id, qmp, context }, memory);
}

/** Leaves the guest so many bytes, and gives what it has then. Throws PJ5510 where it does not give them back, or take them. */
export async function setBalloon(
  { id, qmp, context }: Pick<Live, 'id' | 'qmp' | 'context'>,
  memory: number,
): Promise<number> {
  await qmp.ask('balloon', { value: memory });
  const seen = await settled(
    async () => numberIn(await qmp.ask('query-balloon'), 'actual'),
    (actual) => Math.abs(actual - memory) < PAGES,
    context,
  );
  if (near(seen, memory)) return seen;
  const [has, wanted] = [seen, memory].map((bytes) => `${Math.round(bytes / MIB)} MiB`);
  throw unchanged(id, `the guest has ${has ?? ''}, not ${wanted ?? ''}: it has no balloon driver, or uses too much`);
}

async function addModule({ id, qmp, told, guest, context }: Live, size: number): Promise<void> {
  const before = guest === undefined ? undefined : await onlineMemory(guest, context.signal);
  let nth = 0;
  while (told.devices.has(`dimm-${nth}`)) nth++;
  await qmp.ask('object-add', { 'qom-type': 'memory-backend-ram', id: `module-${nth}`, size });
  await qmp.ask('device_add', { driver: 'pc-dimm', id: `dimm-${nth}`, memdev: `module-${nth}` });
  if (guest === undefined || before === undefined) return;
  const seen = await settled(
    () => onlineMemory(guest, context.signal),
    (bytes) => bytes === undefined || bytes >= before + size,
    context,
  );
  if (seen !== undefined && seen < before + size)
    throw unchanged(id, `the guest has not taken up the ${size / MIB} MiB that were added`);
}

/** Bytes of memory that the guest uses, after it was told to use all that it sees; undefined where its agent cannot tell. */
async function onlineMemory(guest: GuestAgent, signal: AbortSignal): Promise<number | undefined> {
  const how = { timeoutMs: ASK_MS, signal };
  try {
    const size = numberIn(await guest.ask('guest-get-memory-block-info', {}, how), 'size');
    const blocks = listOf(await guest.ask('guest-get-memory-blocks', {}, how));
    const off = blocks.filter((block) => block['online'] === false);
    if (off.length > 0) {
      const wanted = off.map((block) => ({ 'phys-index': block['phys-index'] ?? 0, online: true }));
      await guest.ask('guest-set-memory-blocks', { 'mem-blks': wanted }, how);
    }
    return (blocks.length - off.length) * size;
  } catch (thrown) {
    signal.throwIfAborted();
    if (!(thrown instanceof PjError)) throw thrown;
    return undefined;
  }
}
