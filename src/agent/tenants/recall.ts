import type { HostLink } from '../../jvm/hosts.ts';
import { checkedBy } from '../regain.ts';
import { learnBack } from '../secrecy.ts';
import { inTurn, setSpec, type World } from '../world.ts';
import type { Tenant } from './tenant.ts';

/**
 * An agent that was killed has lost the sensitive values of its tenants; a host tells what it was asked to run, with them. Those that the digests do not fit
 * are not believed. Throws what the host's call throws.
 */
export async function recall(
  tenants: readonly Tenant[],
  world: World,
  link: HostLink,
  signal?: AbortSignal,
): Promise<void> {
  const forgetful = tenants.filter(({ missing }) => missing.length > 0);
  if (forgetful.length === 0) return;
  const known = await link.call('recall', {}, { signal });
  const key = await world.key();
  for (const tenant of forgetful) {
    const app = known.find((one) => one.app.instance === tenant.entry.instance)?.app;
    if (app === undefined) continue;
    await inTurn(tenant, async () => {
      const { entry, spec, missing } = tenant;
      if (missing.length === 0) return;
      const learnt = learnBack(spec, { environ: app.properties, cmdline: app.args }, checkedBy(key, entry));
      setSpec(tenant, learnt.spec, learnt.missing);
    });
  }
}
