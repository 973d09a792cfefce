import { PjError } from '../../../errors.ts';
import type { JavaOptions, JavaRuntime } from '../runtime.ts';

/** Until branch java-shared is merged, which replaces this file: there is nothing in host JVMs, and nothing can be put there. */
export function sharedRuntime(_options: JavaOptions): JavaRuntime {
  const refuse = async (): Promise<never> => {
    throw new PjError('PJ5602', { path: 'src/providers/java/shared' });
  };
  return {
    name: 'shared',
    probe: refuse,
    applications: {
      check: refuse,
      find: async () => undefined,
      list: async () => [],
      read: refuse,
      create: refuse,
      start: refuse,
      stop: refuse,
      update: refuse,
      destroy: refuse,
    },
    close: async () => undefined,
  };
}
