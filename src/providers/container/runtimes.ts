import { PjError } from '../../errors.ts';
import { RUNTIMES, type RuntimeName } from '../../model/container-spec.ts';
import type { CallContext, Unusable, Usable } from '../contract.ts';
import { closeAll, once } from '../once.ts';
import { hasTraces } from './lxc/place.ts';
import { recordedRuntime } from './recorded-runtime.ts';
import type { Runtime, RuntimeOptions } from './runtime.ts';

/** The runtimes of one run. Containers, networks and volumes share them, so each engine is asked once whether it is there. */
export interface Runtimes {
  /** Loaded when first asked for. */
  get(name: RuntimeName): Promise<Runtime>;
  probe(name: RuntimeName, context: CallContext): Promise<Usable | Unusable>;
  /**
   * The runtime to use for a workload, which answers. Without a name the one that the state has it on, or the others that name none; else the first
   * that answers. Throws PJ5401 with what was tried.
   */
  usable(name: RuntimeName | undefined, id: string, context: CallContext): Promise<Runtime>;
  /** Every runtime that answers and may have something of pj's. */
  all(context: CallContext): Promise<Runtime[]>;
  close(): Promise<void>;
}

const shared = new WeakMap<object, Runtimes>();

/** The runtimes of the run that these options were made for: the same object gives the same runtimes. */
export function runtimesOf(options: RuntimeOptions): Runtimes {
  let runtimes = shared.get(options);
  if (runtimes === undefined) {
    runtimes = openRuntimes(options);
    shared.set(options, runtimes);
  }
  return runtimes;
}

function openRuntimes(options: RuntimeOptions): Runtimes {
  const loaded = new Map<RuntimeName, Promise<Runtime>>();
  const probed = new Map<RuntimeName, Promise<Usable | Unusable>>();
  /** As it was when the run began: what is replaced is in no state for a while. */
  let recorded: ReturnType<NonNullable<RuntimeOptions['recorded']>> | undefined;
  const get = (name: RuntimeName): Promise<Runtime> => once(loaded, name, () => load(name, options));
  const probe = (name: RuntimeName, context: CallContext): Promise<Usable | Unusable> =>
    once(probed, name, async () => (await get(name)).probe(context));
  return {
    get,
    probe,
    async usable(asked, id, context) {
      if (recorded === undefined) {
        recorded = options.recorded?.();
        // Whoever needs it hears why it cannot be read.
        recorded?.catch(() => undefined);
      }
      const name = asked ?? recordedRuntime(await recorded, id);
      const tried: string[] = [];
      const install = new Set<string>();
      for (const one of name === undefined ? present() : [name]) {
        const answer = await probe(one, context);
        if (answer.usable) return get(one);
        tried.push(`${one}: ${answer.reason}`);
        install.add(answer.install);
      }
      throw new PjError('PJ5401', { tried: tried.join('; ') }, { advice: [...install].join(' ') });
    },
    async all(context) {
      const names = present().filter((name) => probed.has(name) || (TRACES[name]?.(options.env) ?? true));
      const answers = await Promise.all(names.map((name) => probe(name, context)));
      return Promise.all(names.filter((_, i) => answers[i]?.usable === true).map(get));
    },
    async close() {
      await closeAll(loaded.values());
      loaded.clear();
      probed.clear();
    },
  };
}

/** The one place that knows concrete runtimes, in the order in which they are tried where none is named. */
const LOADERS: Partial<Record<RuntimeName, (options: RuntimeOptions) => Promise<Runtime>>> = {
  docker: async (options) => (await import('./api/docker.ts')).dockerRuntime(options),
  podman: async (options) => (await import('./api/podman.ts')).podmanRuntime(options),
  lxc: async (options) => (await import('./lxc/lxc.ts')).lxcRuntime(options),
};

/** Runtimes that cost too much to ask just whether they have anything: whether they can have is seen from what lies about. */
const TRACES: Partial<Record<RuntimeName, (env: RuntimeOptions['env']) => boolean>> = { lxc: hasTraces };

/** The runtimes of this version. */
export const present = (): RuntimeName[] => RUNTIMES.filter((name) => LOADERS[name] !== undefined);

function load(name: RuntimeName, options: RuntimeOptions): Promise<Runtime> {
  const loader = LOADERS[name];
  if (loader === undefined) throw new PjError('PJ5401', { tried: `${name} is not in this version of pj` });
  return loader(options);
}
