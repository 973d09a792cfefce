import { PjError } from '../../../errors.ts';
import type { CallContext, Target } from '../../contract.ts';
import { pingAgent } from '../guest/ping.ts';
import { rebootOf } from './argv.ts';
import { diskId } from './disk-devices.ts';
import { guestAgentAt } from './guest-agent.ts';
import { type Live, unchanged } from './hot-plug.ts';
import { changeCards } from './live-cards.ts';
import { changeDisks } from './live-disks.ts';
import { changeMemory } from './live-memory.ts';
import { addVcpus } from './live-vcpus.ts';
import { ask } from './monitor.ts';
import { withQmp } from './qmp.ts';
import { type Located, machineAt, type Workshop } from './workshop.ts';

/**
 * Makes a machine that runs what its spec says, as far as it is not: what is plugged in is compared, not what was recorded, so that a change that
 * was interrupted is gone on with. Throws PJ5510 with what the guest did not take up.
 */
export async function changeLive(
  shop: Workshop,
  target: Target,
  located: Located,
  context: CallContext,
): Promise<void> {
  const { id } = target.identity;
  const machine = machineAt(shop, target.identity, target.spec, located);
  const agent = guestAgentAt(located.sockets.guest, id);
  const answers = target.spec.vm?.guestAgent === true && (await pingAgent(agent, context.signal)).healthy;
  try {
    await withQmp(located.sockets.qmp, async (qmp) => {
      const told = await ask(qmp, { vnc: false });
      // Those that are plugged in are QEMU's own to grow.
      const missing = machine.disks.filter((disk) => !told.devices.has(diskId(disk)));
      await shop.disks.make({ ...machine, disks: missing }, { action: 'update', id }, context);
      const live: Live = { id, qmp, machine, told, guest: answers ? agent : undefined, context };
      await changeDisks(live);
      await changeCards(live);
      await addVcpus(live);
      await changeMemory(live);
      await qmp.ask('set-action', { reboot: rebootOf(target.spec) });
    });
  } catch (thrown) {
    if (thrown instanceof PjError || !(thrown instanceof Error)) throw thrown;
    throw unchanged(id, thrown.message, thrown);
  }
}
