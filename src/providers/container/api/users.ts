import type Dockerode from 'dockerode';
import { PjError } from '../../../errors.ts';
import type { CallContext } from '../../contract.ts';
import { identityOf } from '../../marks.ts';
import type { ApiEngine, Doing } from './connection/engine.ts';

/** A container that uses a network or volume. */
export interface User {
  name: string;
  /** The lineage of the state that it belongs to; undefined where pj has not made it. */
  lineage?: string;
}

/** Every container, also a stopped one, that uses a network or a volume. */
export async function usersOf(
  engine: ApiEngine,
  doing: Doing,
  filter: { network: string } | { volume: string },
  context: CallContext,
): Promise<User[]> {
  const filters = Object.fromEntries(Object.entries(filter).map(([key, value]) => [key, [value]]));
  const there = await engine.dial<Dockerode.ContainerInfo[] | undefined>(doing, context, {
    method: 'GET',
    path: '/containers/json',
    query: { all: 'true', filters: JSON.stringify(filters) },
  });
  return (there ?? [])
    .filter((one) => !('volume' in filter) || mounts(one.Mounts, filter.volume))
    .map((one) => {
      const name = one.Names[0]?.replace(/^\//, '') ?? one.Id.slice(0, 12);
      const lineage = identityOf(one.Labels)?.lineage;
      const state = one.State === 'running' ? '' : ` (${one.State})`;
      return { name: `${name}${state}`, ...(lineage === undefined ? {} : { lineage }) };
    });
}

/** Docker's filter takes a path in the container for a volume's name too. */
const mounts = (all: readonly { Name?: string | undefined }[], volume: string): boolean =>
  all.some(({ Name }) => Name === volume);

/** Throws PJ5411 where some of them belong to others than this project. */
export function refuseForeignUsers(
  users: readonly User[],
  of: { what: 'network' | 'volume'; name: string; id: string; lineage: string },
): void {
  const foreign = users.filter(({ lineage }) => lineage !== of.lineage).map(({ name }) => name);
  if (foreign.length === 0) return;
  const { what, name, id } = of;
  throw new PjError('PJ5411', { what, name, id, users: foreign.sort().join(', ') });
}

/** What an engine refuses to remove because this project's own containers still use it, with their names in it. */
export function namingUsers(thrown: unknown, users: readonly User[]): unknown {
  if (!(thrown instanceof PjError) || thrown.code !== 'PJ5407' || users.length === 0) return thrown;
  const reason = `${thrown.details['reason'] ?? ''} (used by ${users.map(({ name }) => name).join(', ')})`;
  return new PjError('PJ5407', { ...thrown.details, reason }, { cause: thrown });
}
