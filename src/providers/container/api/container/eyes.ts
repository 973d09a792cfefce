import type { Things } from '../../runtime.ts';
import { containerAdopt } from './adopt.ts';
import { containerCheck } from './check/check.ts';
import type { ContainerContext } from './containers.ts';
import { containerExec } from './exec.ts';
import { containerHealth } from './health.ts';
import { containerLogs } from './logs.ts';
import { containerPlaces } from './places.ts';
import { readContainers } from './read.ts';
import { containerSample } from './sample.ts';
import { containerThrottle } from './throttle.ts';

/** What looks at a container and leaves it as it is. */
export function containerEyes(
  shared: ContainerContext,
): Pick<Things, 'check' | 'read' | 'logs' | 'health' | 'exec' | 'sample' | 'places' | 'throttle' | 'adopt'> {
  return {
    check: containerCheck(shared),
    read: readContainers(shared),
    health: containerHealth(shared),
    logs: containerLogs(shared),
    exec: containerExec(shared),
    sample: containerSample(shared),
    places: containerPlaces(shared),
    throttle: containerThrottle(shared),
    adopt: containerAdopt(shared),
  };
}
