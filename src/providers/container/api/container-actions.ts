import { PjError } from '../../../errors.ts';
import type { Things } from '../runtime.ts';
import type { ContainerContext } from './containers.ts';

/** What changes a container. */
export function containerActions(
  _: ContainerContext,
): Pick<Things, 'find' | 'list' | 'create' | 'start' | 'stop' | 'update' | 'destroy' | 'pause' | 'resume'> {
  const refuse = (action: string) => async (): Promise<never> => {
    throw new PjError('PJ5402', { id: 'a container', action });
  };
  return {
    find: async () => undefined,
    list: async () => [],
    create: refuse('create'),
    start: refuse('start'),
    stop: refuse('stop'),
    update: refuse('update'),
    destroy: refuse('destroy'),
    pause: refuse('pause'),
    resume: refuse('resume'),
  };
}
