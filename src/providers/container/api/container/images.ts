import type Dockerode from 'dockerode';
import { PjError } from '../../../../errors.ts';
import type { ContainerSpec } from '../../../../model/container-spec.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { isDenied } from '../connection/errors.ts';
import { shared } from '../connection/shared.ts';

/** Milliseconds for which an image that was pulled is as new as the registry's: that of one run. */
const FRESH = 60_000;
/** Milliseconds between two lines of progress. */
const PACE = 2000;

/** What is told of an image. */
type Asked = Pick<ContainerSpec, 'image' | 'registry'>;

interface Pull {
  done: Promise<void>;
  /** Whoever waits for it, by how it hears of the progress. */
  waiting: Set<(message: string) => void>;
  ends: AbortController;
  until: number;
}

/** Pulls images: each once, however many wait for it. */
export interface Images {
  /** Throws PJ5403 or PJ5414 with the image's name. */
  pull(engine: ApiEngine, asked: Asked, id: string, context: CallContext): Promise<void>;
}

export function images(): Images {
  const pulls = new Map<string, Pull>();
  const begin = (key: string, engine: ApiEngine, asked: Asked): Pull => {
    const waiting: Pull['waiting'] = new Set();
    const ends = new AbortController();
    const progress = paced((message) => {
      for (const one of waiting) one(message);
    });
    // Names nobody: each who waits has the error anew with its own id.
    const done = pullOnce(engine, asked, { action: 'pull the image of', id: '' }, { signal: ends.signal, progress });
    const pull: Pull = { done, waiting, ends, until: performance.now() + FRESH };
    done.then(
      () => {
        pull.until = performance.now() + FRESH;
      },
      () => {
        if (pulls.get(key) === pull) pulls.delete(key);
      },
    );
    pulls.set(key, pull);
    return pull;
  };
  return {
    async pull(engine, asked, id, context) {
      const key = JSON.stringify([asked.image, asked.registry]);
      let pull = pulls.get(key);
      if (pull === undefined || (pull.waiting.size === 0 && performance.now() > pull.until))
        pull = begin(key, engine, asked);
      const hear = (message: string): void => context.progress(message);
      pull.waiting.add(hear);
      context.progress(`pulling ${asked.image}`);
      try {
        await shared(pull.done, context.signal);
      } catch (thrown) {
        context.signal.throwIfAborted();
        throw named(thrown, asked.image, id);
      } finally {
        pull.waiting.delete(hear);
        // Nobody is left who wants it.
        if (context.signal.aborted && pull.waiting.size === 0) pull.ends.abort(context.signal.reason);
      }
    },
  };
}

async function pullOnce(
  engine: ApiEngine,
  { image, registry }: Asked,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  await engine.call(doing, context, async (docker) => {
    const stream = await docker.pull(image, registry === undefined ? {} : { authconfig: login(registry, image) });
    await new Promise<void>((resolve, reject) => {
      let refused: string | undefined;
      docker.modem.followProgress(
        stream,
        (error: Error | null) => {
          if (error !== null) reject(error);
          else if (refused !== undefined) reject(Object.assign(new Error(refused), { statusCode: 500 }));
          else resolve();
        },
        (event: unknown) => {
          const { error, status, id, progressDetail } = event as PullEvent;
          if (typeof error === 'string') refused = error;
          else if (status !== undefined) context.progress(pulling(image, status, id, progressDetail));
        },
      );
    });
    // A stream that was cut off ends like one that came to its end.
    context.signal.throwIfAborted();
  });
}

interface PullEvent {
  error?: unknown;
  status?: string;
  id?: string;
  progressDetail?: { current?: number; total?: number };
}

function pulling(image: string, status: string, layer: string | undefined, at: PullEvent['progressDetail']): string {
  const share = at?.current !== undefined && at.total !== undefined && at.total > 0 ? at.current / at.total : undefined;
  const what = layer === undefined ? status : `${status.toLowerCase()} ${layer}`;
  return `pulling ${image}: ${what}${share === undefined ? '' : ` ${Math.floor(share * 100)} %`}`;
}

/** A line every two seconds at most. */
function paced(tell: (message: string) => void): (message: string) => void {
  let next = performance.now() + PACE;
  return (message) => {
    if (performance.now() < next) return;
    next = performance.now() + PACE;
    tell(message);
  };
}

function login({ server, username, password }: NonNullable<Asked['registry']>, image: string): Dockerode.AuthConfig {
  return { username, password, serveraddress: server ?? registryOf(image) };
}

/** The registry that an image's name says; Docker's own where it says none. */
function registryOf(image: string): string {
  const [first = '', second] = image.split('/');
  return second !== undefined && /[.:]|^localhost$/.test(first) ? first : 'https://index.docker.io/v1/';
}

/** The same error with the image and the workload in it. */
function named(thrown: unknown, image: string, id: string): unknown {
  if (!(thrown instanceof PjError)) return thrown;
  const why = isDenied(String(thrown.details['reason'])) ? 'PJ5414' : 'PJ5403';
  const known = thrown.code === 'PJ5407' ? why : thrown.code;
  return new PjError(known, { ...thrown.details, image, id }, { cause: thrown });
}
