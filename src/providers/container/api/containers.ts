import { PjError } from '../../../errors.ts';
import type { CallContext } from '../../contract.ts';
import type { RuntimeOptions, Things } from '../runtime.ts';
import type { ApiEngine } from './engine.ts';

/** Containers on an engine that speaks Docker's API: refused until they are here. */
export function containerThings(_open: (context: CallContext) => Promise<ApiEngine>, _options: RuntimeOptions): Things {
  const refuse = (action: string) => async (): Promise<never> => {
    throw new PjError('PJ5402', { id: 'a container', action });
  };
  return {
    check: async () => new Map(),
    find: async () => undefined,
    list: async () => [],
    read: refuse('read'),
    create: refuse('create'),
    start: refuse('start'),
    stop: refuse('stop'),
    update: refuse('update'),
    destroy: refuse('destroy'),
  };
}
