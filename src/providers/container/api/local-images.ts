import { PjError } from '../../../errors.ts';
import type { CallContext } from '../../contract.ts';
import type { ApiEngine, Doing } from './engine.ts';

/** An image as the engine has it. */
export interface LocalImage {
  id: string;
  /** Whether it brings a health check of its own. */
  checked: boolean;
}

/** The images that are on an engine; each is asked for once. */
export interface LocalImages {
  /** Undefined where the engine does not have it. */
  get(image: string): Promise<LocalImage | undefined>;
}

const DOING: Doing = { action: 'look at', id: 'its images' };

/** Engines resolve names in ways of their own, so each image is asked for by its name. */
export function localImages(engine: ApiEngine, context: CallContext): LocalImages {
  const known = new Map<string, Promise<LocalImage | undefined>>();
  return {
    get(image) {
      const answer = known.get(image) ?? look(engine, image, context);
      known.set(image, answer);
      return answer;
    },
  };
}

async function look(engine: ApiEngine, image: string, context: CallContext): Promise<LocalImage | undefined> {
  try {
    const seen = await engine.call(DOING, context, (docker) => docker.getImage(image).inspect());
    const { Test } = (seen.Config.Healthcheck ?? {}) as { Test?: string[] | null };
    return { id: seen.Id, checked: Test !== undefined && Test !== null && Test.length > 0 && Test[0] !== 'NONE' };
  } catch (thrown) {
    if (thrown instanceof PjError && thrown.code === 'PJ5403') return undefined;
    throw thrown;
  }
}
