import type Dockerode from 'dockerode';
import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';

export type Inspected = Dockerode.ContainerInspectInfo;

/** All that the engine knows of a container; undefined where it is gone. */
export async function inspect(
  engine: ApiEngine,
  id: string,
  doing: Doing,
  context: CallContext,
): Promise<Inspected | undefined> {
  const ok = [200, 404];
  const answer = await engine.dial<Inspected | undefined>(doing, context, {
    method: 'GET',
    path: `/containers/${id}/json`,
    ok,
  });
  return answer?.State === undefined ? undefined : answer;
}

/** The same where it must be there. Throws PJ5407. */
export async function mustInspect(
  engine: ApiEngine,
  id: string,
  doing: Doing,
  context: CallContext,
): Promise<Inspected> {
  const answer = await inspect(engine, id, doing, context);
  if (answer !== undefined) return answer;
  throw new PjError('PJ5407', { engine: engine.label, ...doing, reason: 'it is not there any more' });
}
