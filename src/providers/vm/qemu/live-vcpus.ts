import { isObject, type JsonObject } from '../../../model/json.ts';
import { bringVcpusOnline } from '../guest/hardware.ts';
import { type Live, settled, unchanged } from './hot-plug.ts';
import { listOf, numberIn, textIn } from './monitor.ts';

/** Adds processors where there are fewer than wanted. None is ever taken away: the guest would have to let it go, and some QEMUs break on it. */
export async function addVcpus({ id, qmp, told, machine, guest, context }: Live): Promise<void> {
  const { vcpu } = machine;
  if (vcpu <= told.vcpus) return;
  const slots = listOf(await qmp.ask('query-hotpluggable-cpus'));
  const free = slots.filter((slot) => slot['qom-path'] === undefined).sort((a, b) => rank(a) - rank(b));
  const added = free.slice(0, vcpu - told.vcpus);
  if (told.vcpus + added.length < vcpu) throw unchanged(id, `there is room for ${slots.length} processors only`);
  for (const slot of added) {
    const props = isObject(slot['props']) ? slot['props'] : {};
    const name = `vcpu-${rank(slot)}`;
    await qmp.ask('device_add', { driver: textIn(slot, 'type'), id: name, ...props });
  }
  const plugged = listOf(await qmp.ask('query-cpus-fast')).length;
  if (plugged < vcpu) throw unchanged(id, `it has ${plugged} processors, not ${vcpu}`);
  if (guest === undefined) return;
  const seen = await settled(
    () => bringVcpusOnline(guest, context.signal),
    (count) => count >= vcpu,
    context,
  );
  if (seen < vcpu) throw unchanged(id, `the guest uses ${seen} of the ${vcpu} processors that it has now`);
}

/** The order in which the machine itself would have filled them. */
const rank = ({ props }: JsonObject): number =>
  numberIn(props, 'socket-id') * 10_000 + numberIn(props, 'core-id') * 10 + numberIn(props, 'thread-id');
