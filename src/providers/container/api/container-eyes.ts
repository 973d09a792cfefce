import type { Things } from '../runtime.ts';
import { containerAdopt } from './container-adopt.ts';
import { containerCheck } from './container-check.ts';
import { containerExec } from './container-exec.ts';
import { containerHealth } from './container-health.ts';
import { containerLogs } from './container-logs.ts';
import { readContainers } from './container-read.ts';
import { containerSample } from './container-sample.ts';
import type { ContainerContext } from './containers.ts';

/** What looks at a container and leaves it as it is. */
export function containerEyes(
  shared: ContainerContext,
): Pick<Things, 'check' | 'read' | 'logs' | 'health' | 'exec' | 'sample' | 'adopt'> {
  return {
    check: containerCheck(shared),
    read: readContainers(shared),
    health: containerHealth(shared),
    logs: containerLogs(shared),
    exec: containerExec(shared),
    sample: containerSample(shared),
    adopt: containerAdopt(shared),
  };
}
