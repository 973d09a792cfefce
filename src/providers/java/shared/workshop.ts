import type { Sighting, TenantSighting } from '../../../agent/calls.ts';
import { keyOf } from '../../../agent/entry.ts';
import type { AppState } from '../../../jvm/protocol.ts';
import { DEFAULT_HOST, hostName } from '../../../model/java-spec.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { Identity } from '../../../model/record.ts';
import type { Spec } from '../../../model/spec.ts';
import { freshly } from '../../../os/freshly.ts';
import type { Care } from '../../agent/care.ts';
import { tenantsWithoutAgent } from '../../agent/look.ts';
import type { CallContext } from '../../contract.ts';
import { type HostFinder, hear, hostAmong, isHost, type Told } from '../../jvm/host.ts';
import { isSame } from '../../marks.ts';
import type { JavaOptions } from '../runtime.ts';

/** Kept in the environment of an application's entry: what its class path was when it was started. It has no environment of its own. */
export const STAMP_VARIABLE = 'PJ_JAVA_STAMP';

/** What the actions of this runtime work with. */
export interface Workshop extends HostFinder {
  options: JavaOptions;
  care: Care;
  looking(): Promise<Looked>;
}

/** What the agent has in care: the hosts, and what is in them. */
export interface Looked {
  sightings: Sighting[];
  tenants: TenantSighting[];
}

/** One application as pj finds it. */
export interface Located {
  /** Id of the workload that is its host. */
  hostId: string;
  /** Its host; absent where nobody knows of it. */
  host: Sighting | undefined;
  /** What its host says: of itself and of all in it; absent where it does not run. */
  told: Told | Error | undefined;
  /** The intent, which the agent keeps. */
  tenant: TenantSighting | undefined;
  /** What its host has of it. */
  state: AppState | undefined;
}

/** What is in care, as it is after this was asked. */
export async function look({ looking }: Workshop, { signal }: CallContext): Promise<Looked> {
  const looked = await looking();
  signal.throwIfAborted();
  return looked;
}

/** Asks the agent, else its files, for many at once. */
export function lookingAt(care: Care, dir: string): () => Promise<Looked> {
  // Nobody's signal: others wait for it too.
  const { signal } = new AbortController();
  return freshly(async () => {
    const [sightings, tenants] = await Promise.all([
      care.look(signal),
      care.link.ask('lookTenants', {}, signal).then((told) => told ?? tenantsWithoutAgent(dir)),
    ]);
    return { sightings, tenants };
  });
}

/** The id of the host that a spec asks for. */
export const hostOf = ({ java }: Spec): string => java?.host ?? `jvm.${hostName(java?.jvm) ?? DEFAULT_HOST}`;

/** The id of the host that a handle names. */
export function hostIn(handle: JsonObject | null | undefined): string | undefined {
  const host = handle?.['host'];
  return typeof host === 'string' ? host : undefined;
}

export function instanceIn(handle: JsonObject | null | undefined): string | undefined {
  const instance = handle?.['instance'];
  return typeof instance === 'string' ? instance : undefined;
}

/** Looks for one application. By its instance where it was renamed since; what belongs to another lineage is not seen. `maxAge`: see hear. */
export async function locate(
  shop: Workshop,
  of: { identity: Identity; handle: JsonObject | null; spec?: Spec },
  context: CallContext,
  looked?: Looked,
  maxAge?: number,
): Promise<Located> {
  const { sightings, tenants } = looked ?? (await look(shop, context));
  const { identity, handle } = of;
  const mine = tenants.filter(({ entry }) => entry.identity.lineage === identity.lineage);
  const instance = instanceIn(handle);
  const tenant =
    mine.find(({ entry }) => instance !== undefined && entry.instance === instance) ??
    mine.find(({ entry }) => isSame(entry.identity, identity));
  const known =
    tenant?.entry.inside.id ?? hostIn(handle) ?? (of.spec?.java === undefined ? undefined : hostOf(of.spec));
  // Where nobody says in which host it is, all are asked.
  const ids = known === undefined ? hostIds(sightings) : [known];
  const answers = await Promise.all(
    ids.map(async (hostId) => {
      const host = hostAmong(sightings, hostId);
      const told = await hear(shop, host, context, maxAge);
      return { hostId, host, told, tenant, state: stateIn(told, identity, tenant) };
    }),
  );
  const found = answers.find(({ state }) => state !== undefined) ?? answers[0];
  return found ?? { hostId: hostOf(of.spec ?? {}), host: undefined, told: undefined, tenant, state: undefined };
}

/** Ids of all hosts that are there. */
export const hostIds = (sightings: readonly Sighting[]): string[] => [
  ...new Set(sightings.filter(isHost).map(({ entry }) => entry.identity.id)),
];

/** What a host has of an application: by the instance that the agent knows, else by its name. */
export function stateIn(
  told: Told | Error | undefined,
  identity: Identity,
  tenant: TenantSighting | undefined,
): AppState | undefined {
  if (told === undefined || told instanceof Error) return undefined;
  const mine = told.apps.filter(({ lineage }) => lineage === identity.lineage);
  if (tenant !== undefined) return mine.find(({ instance }) => instance === tenant.entry.instance);
  return mine.find(({ key }) => key === keyOf(identity));
}

/** What its class path was when it was started; null where it was not, or nobody may write it down. */
export function stampIn(tenant: TenantSighting | undefined): string | null {
  const stamp: unknown = tenant?.entry.spec.env?.[STAMP_VARIABLE];
  return typeof stamp === 'string' ? stamp : null;
}
