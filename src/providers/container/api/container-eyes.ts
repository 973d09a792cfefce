import type { Things } from '../runtime.ts';
import { containerCheck } from './container-check.ts';
import { containerHealth } from './container-health.ts';
import { readContainers } from './container-read.ts';
import type { ContainerContext } from './containers.ts';

/** What looks at a container and leaves it as it is. */
export function containerEyes(
  shared: ContainerContext,
): Pick<Things, 'check' | 'read' | 'logs' | 'health' | 'exec' | 'sample' | 'adopt'> {
  return {
    check: containerCheck(shared),
    read: readContainers(shared),
    health: containerHealth(shared),
  };
}
