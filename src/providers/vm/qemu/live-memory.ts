import { type Live, settled, unchanged } from './live.ts';
import { numberIn } from './monitor.ts';
import { near } from './observed.ts';

const MIB = 1024 * 1024;
/** Guests take up memory in blocks of this. */
const BLOCK = 128 * MIB;

/** Gives the guest more memory, in modules that are plugged in, or takes some back through the balloon. */
export async function changeMemory({ id, qmp, told, machine, context }: Live): Promise<void> {
  const { memory, maxMemory } = machine;
  if (near(told.memory, memory)) return;
  const missing = memory - told.allMemory;
  if (missing > 0 && !near(told.allMemory, memory)) {
    const size = Math.min(Math.ceil(missing / BLOCK) * BLOCK, maxMemory - told.allMemory);
    if (size < missing) throw unchanged(id, `there is room for ${Math.floor(maxMemory / MIB)} MiB only`);
    let nth = 0;
    while (told.devices.has(`dimm-${nth}`)) nth++;
    await qmp.ask('object-add', { 'qom-type': 'memory-backend-ram', id: `module-${nth}`, size });
    await qmp.ask('device_add', { driver: 'pc-dimm', id: `dimm-${nth}`, memdev: `module-${nth}` });
  }
  await qmp.ask('balloon', { value: memory });
  const seen = await settled(
    async () => numberIn(await qmp.ask('query-balloon'), 'actual'),
    (actual) => near(actual, memory),
    context,
  );
  if (!near(seen, memory)) {
    const [has, wanted] = [seen, memory].map((bytes) => `${Math.round(bytes / MIB)} MiB`);
    throw unchanged(id, `the guest has ${has ?? ''}, not ${wanted ?? ''}: it has no balloon driver, or uses too much`);
  }
}
