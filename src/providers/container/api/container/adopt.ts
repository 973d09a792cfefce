import { PjError } from '../../../../errors.ts';
import type { Identity } from '../../../../model/record.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { CallContext, Made } from '../../../contract.ts';
import { identityOf, isSame } from '../../../marks.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { ownerOf } from '../owner.ts';
import type { ContainerContext } from './containers.ts';
import { describeContainer, type ImageDefaults } from './describe-container.ts';
import { mustInspect } from './inspect.ts';
import { attributesOf, handleOf, seeContainers } from './seen-container.ts';

/** Characters of an id from which on its beginning names a container. */
const SHORT_ID = 12;

/** Takes over a container that somebody else has made. */
export function containerAdopt({ open, options }: ContainerContext) {
  return async (
    { identity, engineId, spec }: { identity: Identity; engineId: string; spec: Spec | undefined },
    context: CallContext,
  ): Promise<{ spec: Spec; made: Made }> => {
    const engine = await open(context);
    const { id } = identity;
    const doing = { action: 'import', id };
    const refuse = (reason: string): never => {
      throw new PjError('PJ5413', { engineId, id, reason });
    };
    const there = await seeContainers(engine, doing, context);
    const fits = there.filter(
      (one) => one.name === engineId || (engineId.length >= SHORT_ID && one.id.startsWith(engineId)),
    );
    const [seen] = fits;
    if (seen === undefined || fits.length > 1)
      return refuse(`${engine.label} has ${fits.length === 0 ? 'no container' : 'several containers'} of that name`);
    const owner = identityOf(seen.labels);
    if (owner !== undefined && !isSame(owner, identity)) return refuse(`it belongs to ${ownerOf(seen.labels)}`);
    const inspected = await mustInspect(engine, seen.id, doing, context);
    if (/^(container|pod|ns):/.test(inspected.HostConfig.NetworkMode ?? ''))
      return refuse('it is in the network of another one');
    const [image, told] = await Promise.all([
      imageOf(engine, inspected.Image, doing, context),
      spec?.container === undefined ? undefined : imageOf(engine, spec.container.image, doing, context),
    ]);
    const described = describeContainer(spec, {
      inspected,
      image: image?.Config ?? {},
      sameImage: told?.Id !== undefined && sameId(told.Id, inspected.Image),
      engine: engine.name,
      dir: options.dir,
    });
    const handle = { ...handleOf(seen, engine), ...(owner === undefined ? { imported: true } : {}) };
    return { spec: described, made: { handle, attributes: attributesOf(seen) } };
  };
}

/** An image by its id or name; undefined where the engine does not have it any more. */
async function imageOf(
  engine: ApiEngine,
  name: string,
  doing: Doing,
  context: CallContext,
): Promise<{ Id: string; Config?: ImageDefaults | null } | undefined> {
  const path = `/images/${encodeURI(name)}/json`;
  const found = await engine.dial<{ Id?: string; Config?: ImageDefaults | null } | undefined>(doing, context, {
    method: 'GET',
    path,
    ok: [200, 404],
  });
  return found?.Id === undefined ? undefined : { Id: found.Id, Config: found.Config ?? null };
}

const sameId = (a: string, b: string): boolean => a.replace(/^sha256:/, '') === b.replace(/^sha256:/, '');
