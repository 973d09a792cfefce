import { PjError } from '../../../../errors.ts';
import type { JsonObject } from '../../../../model/json.ts';
import type { CallContext, Found, Made, Target } from '../../../contract.ts';
import { MARK, marksOf } from '../../../marks.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { ownerOf } from '../owner.ts';
import { attributesOf, gone, handleOf, type SeenContainer, seeContainers } from './seen-container.ts';

/** What an action left behind, of a container as it is seen. */
export function madeOf(seen: SeenContainer, engine: ApiEngine, target: Target): Made {
  const imported = target.handle?.['imported'] === true ? { imported: true } : {};
  return { handle: { ...handleOf(seen, engine), ...imported }, attributes: attributesOf(seen) };
}

/** What find and list tell. Whether one that ended did so with success is told by who reads it closer. */
export function foundOf(seen: SeenContainer, engine: ApiEngine, handle?: JsonObject | null): Found {
  const digest = seen.labels[MARK.digest];
  return {
    name: seen.name,
    handle: { ...(handle?.['imported'] === true ? { imported: true } : {}), ...handleOf(seen, engine) },
    attributes: attributesOf(seen),
    status: statusOf(seen),
    whole: !isGoing(seen),
    ...(digest === undefined ? {} : { specDigest: digest }),
  };
}

function statusOf({ state }: SeenContainer): Found['status'] {
  if (state === 'running' || state === 'restarting') return 'running';
  return state === 'paused' ? 'paused' : 'stopped';
}

/** Its removal has begun and did not come to its end. */
export const isGoing = ({ state }: SeenContainer): boolean => state === 'removing' || state === 'dead';

/** One container as it is now; PJ5407 where it is gone. */
export async function seeOne(
  engine: ApiEngine,
  id: string,
  doing: Doing,
  context: CallContext,
): Promise<SeenContainer> {
  const [seen] = await seeContainers(engine, doing, context, { id });
  if (seen === undefined) throw gone(engine, doing);
  return seen;
}

/** A container as it is before anybody has looked: just made, with no address and no port yet. */
export function unseen(id: string, name: string, target: Target): SeenContainer {
  const image = target.spec.container?.image ?? '';
  const labels = marksOf(target.identity, target.specDigest);
  return { id, name, image, imageId: '', state: 'created', status: '', labels, networks: {}, ports: [] };
}

/** Throws PJ5405 for a container of this identity that was made from another spec. */
export function refuseOther(seen: SeenContainer, { identity, specDigest }: Target): void {
  const digest = seen.labels[MARK.digest];
  if (digest !== undefined && digest !== specDigest) throw new PjError('PJ5405', { id: identity.id });
}

/** The error for a container's name that somebody else's has. */
export function nameTaken(by: SeenContainer, id: string): PjError {
  const advice = `Rename or remove that one, or take it over with \`pj import ${id} ${by.name}\`; pj does not touch what it has not made.`;
  const owner = ownerOf(by.labels);
  return new PjError('PJ5404', { what: 'container', name: by.name, id, owner }, { advice });
}
