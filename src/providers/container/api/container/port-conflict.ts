import { PjError } from '../../../../errors.ts';
import type { ContainerSpec } from '../../../../model/container-spec.ts';
import { portOwner } from '../../../../os/port-owner.ts';
import type { CallContext } from '../../../contract.ts';
import { identityOf } from '../../../marks.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { ownerOf } from '../owner.ts';
import { seeContainers } from './seen-container.ts';

/** Says of a port that cannot be published which container or process has it, where that can be seen; any other error as it is. */
export async function namingHolder(
  thrown: unknown,
  engine: ApiEngine,
  container: { id: string; workload: string; ports: ContainerSpec['ports'] },
  context: CallContext,
): Promise<unknown> {
  if (!(thrown instanceof PjError) || thrown.code !== 'PJ5406') return thrown;
  const { id, workload, ports = [] } = container;
  const port = Number(thrown.details['port']);
  const protocol = ports.find(({ host }) => host === port)?.protocol ?? 'tcp';
  const all = await seeContainers(engine, { action: 'start', id: workload }, context).catch(() => []);
  const other = all.find(
    (one) => one.id !== id && one.ports.some((its) => its.host === port && its.protocol === protocol),
  );
  let by: string | undefined;
  if (other !== undefined)
    by = `the container ${other.name}${identityOf(other.labels) === undefined ? '' : ` (${ownerOf(other.labels)})`}`;
  else if (engine.local && protocol !== 'sctp') {
    const process = portOwner(port, protocol);
    if (process !== undefined) by = `${process.command} (pid ${process.pid})`;
  }
  return by === undefined ? thrown : new PjError('PJ5406', { port, id: workload, by: ` by ${by}` }, { cause: thrown });
}
