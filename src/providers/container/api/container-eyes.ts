import { PjError } from '../../../errors.ts';
import type { Things } from '../runtime.ts';
import { containerCheck } from './container-check.ts';
import type { ContainerContext } from './containers.ts';

/** What looks at a container and leaves it as it is. */
export function containerEyes(
  shared: ContainerContext,
): Pick<Things, 'check' | 'read' | 'logs' | 'health' | 'exec' | 'sample' | 'adopt'> {
  const refuse = (action: string) => async (): Promise<never> => {
    throw new PjError('PJ5402', { id: 'a container', action });
  };
  return { check: containerCheck(shared), read: refuse('read') };
}
