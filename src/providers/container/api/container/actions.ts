import { PjError } from '../../../../errors.ts';
import { stopPolicy } from '../../../../model/spec.ts';
import type { CallContext, Target } from '../../../contract.ts';
import type { Things } from '../../runtime.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import type { ContainerContext } from './containers.ts';
import { containerCreate } from './create.ts';
import { images } from './images.ts';
import { foundOf, madeOf, seeOne } from './made.ts';
import { connectMissing } from './networks.ts';
import { ownContainers } from './own-containers.ts';
import { namingHolder } from './port-conflict.ts';
import { remove } from './remove.ts';
import { gone, isOwn, makerOf } from './seen-container.ts';
import { updateLive } from './update.ts';

/** What changes a container. */
export function containerActions(
  shared: ContainerContext,
): Pick<Things, 'find' | 'list' | 'create' | 'start' | 'stop' | 'update' | 'destroy' | 'pause' | 'resume'> {
  const { open, all } = shared;
  const own = ownContainers(all);

  /** Does something to a target's container; undefined where it has none. */
  const withOwn = async <T>(
    target: Target,
    action: string,
    context: CallContext,
    run: (engine: ApiEngine, id: string, doing: Doing) => Promise<T>,
  ): Promise<{ done: T } | undefined> => {
    const engine = await open(context);
    const mine = await own.of(target, context);
    if (mine === undefined) return undefined;
    all.forget();
    try {
      return { done: await run(engine, mine.id, { action, id: target.identity.id }) };
    } finally {
      all.forget();
    }
  };
  /** The same where it must have one. */
  const mustHave = async <T>(...args: Parameters<typeof withOwn<T>>): Promise<T> => {
    const has = await withOwn(...args);
    if (has !== undefined) return has.done;
    const [{ identity }, action, context] = args;
    throw gone(await open(context), { action, id: identity.id });
  };

  return {
    async find(identity, context, handle) {
      const engine = await open(context);
      const there = (await all.get(context)).filter((one) => isOwn(one, identity, handle ?? null));
      const seen = there.find(({ id }) => id === handle?.['id']) ?? there[0];
      if (seen === undefined) return undefined;
      own.learn(seen);
      return foundOf(seen, engine, handle);
    },
    async list({ lineage }, context) {
      const engine = await open(context);
      return (await all.get(context)).flatMap((seen) => {
        const identity = makerOf(seen);
        return identity?.lineage === lineage ? [{ identity, found: foundOf(seen, engine) }] : [];
      });
    },
    create: containerCreate(shared, { own, images: images() }),

    start: (target, context) =>
      mustHave(target, 'start', context, async (engine, id, doing) => {
        const { networks = [], ports } = target.spec.container ?? {};
        // A run that was killed between create and this may have left some out.
        if (networks.length > 1)
          await connectMissing(engine, await seeOne(engine, id, doing, context), networks, doing, context);
        await post(engine, `/containers/${id}/start`, doing, context).catch(async (thrown: unknown) => {
          throw await namingHolder(thrown, engine, { id, workload: doing.id, ports }, context);
        });
        return madeOf(await seeOne(engine, id, doing, context), engine, target);
      }),
    async stop(target, context) {
      const t = String(Math.ceil(stopPolicy(target.spec).gracePeriod));
      await withOwn(target, 'stop', context, async (engine, id, doing) => {
        const stop = () => post(engine, `/containers/${id}/stop`, doing, context, { t }, [...DONE, 404]);
        await stop().catch(async (thrown: unknown) => {
          if (!says(thrown, /paused/)) throw thrown;
          await post(engine, `/containers/${id}/unpause`, doing, context);
          await stop();
        });
      });
    },
    update: (target, paths, context) =>
      mustHave(target, 'update', context, async (engine, id, doing) => {
        await updateLive(engine, id, target, paths, doing, context);
        return madeOf(await seeOne(engine, id, doing, context), engine, target);
      }),
    async destroy(target, { destroyVolumes }, context) {
      // What others made may have data where pj would have none.
      const volumes = target.handle?.['imported'] !== true || destroyVolumes;
      await withOwn(target, 'destroy', context, async (engine, id, doing) => {
        await remove(engine, id, { volumes }, doing, context);
        own.unlearn(id);
      });
    },
    pause: (target, context) =>
      mustHave(target, 'pause', context, async (engine, id, doing) => {
        await post(engine, `/containers/${id}/pause`, doing, context).catch((thrown: unknown) => {
          if (!says(thrown, /already paused/)) throw thrown;
        });
      }),
    resume: (target, context) =>
      mustHave(target, 'resume', context, async (engine, id, doing) => {
        await post(engine, `/containers/${id}/unpause`, doing, context).catch(async (thrown: unknown) => {
          // One that has ended is not paused either.
          const { state } = says(thrown, /is not paused/) ? await seeOne(engine, id, doing, context) : { state: '' };
          if (state !== 'running') throw thrown;
        });
      }),
  };
}

/** 304: it is so already. */
const DONE = [200, 204, 304];

/** Brings a container to a state, or leaves it there. */
async function post(
  engine: ApiEngine,
  path: string,
  doing: Doing,
  context: CallContext,
  query: Record<string, string> = {},
  ok = DONE,
): Promise<void> {
  await engine.dial(doing, context, { method: 'POST', path, query, ok });
}

const says = (thrown: unknown, pattern: RegExp): boolean =>
  thrown instanceof PjError && pattern.test(String(thrown.details['reason']));
