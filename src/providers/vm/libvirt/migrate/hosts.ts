import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';
import type { Doing } from '../../disks/contract.ts';
import type { Virsh } from '../connection/virsh.ts';
import type { SeenDomain } from '../domain/see.ts';
import { fromXml, one, text, toXml, type Xml } from '../xml/tree.ts';

/** Two connections, and what moves from one to the other. */
export interface Way {
  from: Virsh;
  to: Virsh;
  seen: SeenDomain;
  doing: Doing;
  context: CallContext;
}

/** Whether both connections lead to one host: its libvirt tells who it is. */
export async function isSameHost({ from, to, doing, context }: Omit<Way, 'seen'>): Promise<boolean> {
  const [here, there] = await Promise.all(
    [from, to].map(async (virsh) => {
      const told = await virsh.call(['capabilities'], doing, context);
      return text(fromXml(told), 'capabilities', 'host', 'uuid');
    }),
  );
  return here !== undefined && here === there;
}

/** Why the destination cannot run that guest on: its machine and its processor have to be there. Undefined where it can. */
export async function hostAgainst(way: Way): Promise<string | undefined> {
  const { to, seen, doing, context } = way;
  const domain = seen.live ?? seen.config;
  const type = text(domain, '@type') ?? 'qemu';
  const at = (name: string): string => text(domain, 'os', 'type', `@${name}`) ?? '';
  const argv = ['domcapabilities', '--virttype', type, '--arch', at('arch'), '--machine', at('machine')];
  const refused = await refusalOf(() => to.call(argv, doing, context));
  return refused ?? processorAgainst(way, domain, type);
}

async function processorAgainst(way: Way, domain: Xml, type: string): Promise<string | undefined> {
  const { from, to, doing, context } = way;
  const cpu = one(domain, 'cpu');
  const mode = text(cpu, '@mode') ?? (text(cpu, 'model') === undefined ? undefined : 'custom');
  if (mode === 'custom' && cpu !== undefined) {
    const input = toXml({ cpu });
    const compare = ['hypervisor-cpu-compare', '/dev/stdin', '--virttype', type];
    const refused = await refusalOf(() => to.call(compare, doing, context, { input }));
    return refused === undefined ? undefined : `its processor is not there: ${refused}`;
  }
  if (mode === 'host-passthrough') {
    const input = await from.call(['capabilities'], doing, context);
    const told = await refusalOf(() => to.call(['cpu-compare', '/dev/stdin'], doing, context, { input }), /identical/);
    return told === undefined ? undefined : 'it has the very processor of its host, and that of the other is unlike';
  }
  // Everything that QEMU has: the same for the same QEMU.
  if (mode !== 'maximum') return undefined;
  const [here, there] = await Promise.all([from, to].map((virsh) => qemuOf(virsh, doing, context)));
  return here === there ? undefined : `its processor is all that ${here} has, and there is ${there}`;
}

async function qemuOf(virsh: Virsh, doing: Doing, context: CallContext): Promise<string> {
  const told = await virsh.call(['version'], doing, context);
  return /^Running hypervisor: (.+)$/m.exec(told)?.[1] ?? 'another QEMU';
}

/** What libvirt complains of; undefined where it says yes. */
async function refusalOf(ask: () => Promise<string>, yes = /^/): Promise<string | undefined> {
  try {
    const told = (await ask()).trim();
    return yes.test(told) ? undefined : told;
  } catch (thrown) {
    if (!(thrown instanceof PjError) || thrown.code !== 'PJ5505') throw thrown;
    return String(thrown.details['reason']);
  }
}
