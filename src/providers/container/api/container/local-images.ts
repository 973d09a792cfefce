import type Dockerode from 'dockerode';
import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { ALL_IMAGES } from '../connection/lists.ts';
import { namesOf } from './image-names.ts';

/** The images that are on an engine. */
export interface LocalImages {
  /** One list for all; only what is not found in it is asked for by its name. */
  has(image: string): Promise<boolean>;
  /** Whether an image brings a health check; undefined where the engine does not have it. Each is asked for once. */
  checksHealth(image: string): Promise<boolean | undefined>;
}

const DOING: Doing = { action: 'look at', id: 'its images' };

export function localImages(engine: ApiEngine, context: CallContext): LocalImages {
  let names: Promise<Set<string>> | undefined;
  const inspected = new Map<string, ReturnType<typeof inspect>>();
  const see = (image: string): ReturnType<typeof inspect> => {
    const answer = inspected.get(image) ?? inspect(engine, image, context);
    inspected.set(image, answer);
    return answer;
  };
  return {
    async has(image) {
      names ??= list(engine, context);
      const there = await names;
      // Engines complete names in other ways, too.
      return namesOf(image).some((name) => there.has(name)) || (await see(image)) !== undefined;
    },
    async checksHealth(image) {
      const seen = await see(image);
      if (seen === undefined) return undefined;
      const test = seen.Config?.Healthcheck?.Test ?? [];
      return test.length > 0 && test[0] !== 'NONE';
    },
  };
}

async function list(engine: ApiEngine, context: CallContext): Promise<Set<string>> {
  const all = await engine.dial<Dockerode.ImageInfo[] | undefined>(DOING, context, ALL_IMAGES);
  return new Set(
    (all ?? []).flatMap(({ Id, RepoTags, RepoDigests }) => [Id, ...(RepoTags ?? []), ...(RepoDigests ?? [])]),
  );
}

/** Of an image, what is read. */
interface Inspected {
  Config?: { Healthcheck?: { Test?: string[] | null } | null } | null;
}

async function inspect(engine: ApiEngine, image: string, context: CallContext): Promise<Inspected | undefined> {
  try {
    return await engine.dial<Inspected>(DOING, context, { method: 'GET', path: `/images/${encodeURI(image)}/json` });
  } catch (thrown) {
    if (thrown instanceof PjError && thrown.code === 'PJ5403') return undefined;
    throw thrown;
  }
}
