import { PjError } from '../../../../errors.ts';
import { containerName } from '../../../../model/container-spec.ts';
import type { CallContext, Made, Target } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { type Recent, recent } from '../connection/recent.ts';
import { containerBody } from './body.ts';
import type { ContainerContext } from './containers.ts';
import type { Images } from './images.ts';
import { isGoing, madeOf, nameTaken, refuseOther, unseen } from './made.ts';
import { connectMissing } from './networks.ts';
import type { OwnContainers } from './own-containers.ts';
import { remove } from './remove.ts';
import { isOwn, type SeenContainer, seeContainers } from './seen-container.ts';

/** Milliseconds for which a look at what earlier runs have left holds: what comes into being after it is met by its name. */
const LASTS = 60_000;

/** Makes containers, and takes up what a run that was killed has made. */
export function containerCreate(
  { open, all, options }: ContainerContext,
  parts: { own: OwnContainers; images: Images },
): (target: Target, context: CallContext) => Promise<Made> {
  const { own, images } = parts;
  const leftovers: Recent<SeenContainer[]> = recent((context) => all.get(context), LASTS);

  /** Finds what an earlier run has made, under whatever name. */
  const leftover = async (engine: ApiEngine, target: Target, doing: Doing, context: CallContext) => {
    const { identity, handle } = target;
    const before = (await leftovers.get(context)).find((one) => isOwn(one, identity, handle));
    if (before === undefined) return undefined;
    const [now] = await seeContainers(engine, doing, context, { id: before.id });
    return now;
  };
  const takeUp = async (engine: ApiEngine, seen: SeenContainer, target: Target, doing: Doing, context: CallContext) => {
    refuseOther(seen, target);
    own.learn(seen);
    await connectMissing(engine, seen, target.spec.container?.networks ?? [], doing, context);
    return madeOf(seen, engine, target);
  };
  const post = async (engine: ApiEngine, name: string, target: Target, doing: Doing, context: CallContext) => {
    const { spec, identity, specDigest } = target;
    const body = containerBody(engine, spec, identity, { specDigest, dir: options.dir });
    const request = { method: 'POST', path: '/containers/create', query: { name }, body } as const;
    const asked = { ...spec.container, image: spec.container?.image ?? '' };
    if (asked.pull === 'always') await images.pull(engine, asked, identity.id, context);
    const make = () => engine.dial<{ Id: string }>(doing, context, request);
    const { Id } = await make().catch(async (thrown: unknown) => {
      if (!(thrown instanceof PjError) || thrown.code !== 'PJ5403') throw thrown;
      if (asked.pull === 'never')
        throw new PjError('PJ5403', {
          image: asked.image,
          id: identity.id,
          reason: `${engine.label} does not have it, and \`pull: never\``,
        });
      await images.pull(engine, asked, identity.id, context);
      return make();
    });
    return Id;
  };

  return async function create(target, context) {
    const engine = await open(context);
    const { identity, spec } = target;
    const doing = { action: 'create', id: identity.id };
    const before = await leftover(engine, target, doing, context);
    if (before !== undefined && !isGoing(before)) return takeUp(engine, before, target, doing, context);
    if (before !== undefined) await remove(engine, before.id, { volumes: true }, doing, context);
    const name = containerName(identity.project, identity.id, identity.generation);
    let id: string;
    all.forget();
    try {
      id = await post(engine, name, target, doing, context);
    } catch (thrown) {
      if (!(thrown instanceof PjError) || thrown.code !== 'PJ5404') throw thrown;
      const [namesake] = await seeContainers(engine, doing, context, { name });
      if (namesake === undefined) throw thrown;
      if (!isOwn(namesake, identity, target.handle)) throw nameTaken(namesake, identity.id);
      if (!isGoing(namesake)) return takeUp(engine, namesake, target, doing, context);
      await remove(engine, namesake.id, { volumes: true }, doing, context);
      id = await post(engine, name, target, doing, context);
    } finally {
      all.forget();
    }
    const made = unseen(id, name, target);
    own.learn(made);
    try {
      // Those of the create call it has; the rest Docker takes one by one, before the start.
      await connectMissing(engine, made, restOf(engine, spec.container?.networks ?? []), doing, context);
    } catch (thrown) {
      // Whoever is told that it failed has nothing to remove.
      own.unlearn(id);
      const alive = { signal: new AbortController().signal, progress: context.progress };
      await remove(engine, id, { volumes: true }, doing, alive).catch(() => undefined);
      throw thrown;
    }
    return madeOf(made, engine, target);
  };
}

const restOf = <T>({ name }: ApiEngine, networks: readonly T[]): readonly T[] =>
  name === 'docker' ? networks.slice(1) : [];
