import { PjError } from '../../../errors.ts';
import { detectKvm } from '../../../os/kvm.ts';
import type { CallContext, Unusable, Usable } from '../../contract.ts';
import { defaultUri } from '../default-uri.ts';
import type { VmOptions, VmRuntime } from '../runtime.ts';
import { domainActions } from './actions.ts';
import { domainAdopt } from './adopt.ts';
import { domainChecks } from './check/check.ts';
import { libvirtContext } from './context.ts';
import { domainGuest } from './inside.ts';
import { domainRead } from './read.ts';
import { domainSample } from './sample.ts';
import { domainSnapshots } from './snapshots.ts';
import { domainThrottle } from './throttle.ts';

const INSTALL = 'Install and start it: apt-get install libvirt-daemon-system libvirt-clients qemu-system-x86';
/** The first call of a daemon's life looks at QEMU. */
const PROBE_MS = 30_000;

/** libvirt, through virsh. */
export function libvirtRuntime(options: VmOptions): VmRuntime {
  const ctx = libvirtContext(options);
  return {
    name: 'libvirt',
    machines: {
      check: domainChecks(ctx),
      read: domainRead(ctx),
      ...domainActions(ctx),
      ...domainGuest(ctx),
      snapshots: domainSnapshots(ctx),
      sample: domainSample(ctx),
      throttle: domainThrottle(ctx),
      adopt: domainAdopt(ctx),
    },
    async probe(context: CallContext, uri = defaultUri(options.env)): Promise<Usable | Unusable> {
      const virsh = ctx.virsh(uri);
      try {
        const doing = { action: 'ask', id: virsh.uri };
        const told = await virsh.call(['version'], doing, context, { timeoutMs: PROBE_MS });
        const at = (what: string): string | undefined => new RegExp(`^${what}: \\w+ (\\S+)$`, 'm').exec(told)?.[1];
        const kvm = detectKvm();
        const accelerated = kvm.usable ? [] : [`guests are emulated (TCG), which is slow: ${kvm.reason}`];
        return {
          usable: true,
          engine: 'libvirt',
          version: at('Using library') ?? 'unknown',
          notes: [virsh.uri, `QEMU ${at('Running hypervisor') ?? 'unknown'}`, ...(virsh.local ? accelerated : [])],
        };
      } catch (thrown) {
        context.signal.throwIfAborted();
        if (!(thrown instanceof PjError)) throw thrown;
        const reason = thrown.code === 'PJ5070' ? 'virsh not found' : String(thrown.details['reason']);
        const where = reason.endsWith(`(${uri})`) ? '' : ` (${uri})`;
        return { usable: false, engine: 'libvirt', reason: `${reason}${where}`, install: INSTALL };
      }
    },
    close: () => Promise.resolve(),
  };
}
