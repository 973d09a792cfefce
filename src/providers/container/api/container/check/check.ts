import type { Snapshot } from '../../../../../model/record.ts';
import type { Spec } from '../../../../../model/spec.ts';
import type { Workload } from '../../../../../model/workload.ts';
import type { Finding } from '../../../../contract.ts';
import type { RuntimeOptions, Things } from '../../../runtime.ts';
import { type EngineInfo, engineInfo } from '../../connection/drivers.ts';
import type { ApiEngine } from '../../connection/engine.ts';
import type { ContainerContext } from '../containers.ts';
import { type LocalImages, localImages } from '../local-images.ts';
import type { SeenContainer } from '../seen-container.ts';
import { checkFittings } from './fittings.ts';
import { checkImage } from './image.ts';
import { checkIo } from './io.ts';
import { checkLimits } from './limits.ts';
import { checkNames } from './names.ts';
import { checkNetworking } from './networking.ts';
import { checkPorts } from './ports.ts';
import { checkSecurity } from './security.ts';
import { checkMounts } from './volumes.ts';

/** What containers are checked against. What takes a call is asked for only where a key makes it matter, and once for all. */
export interface Facts {
  engine: ApiEngine;
  all: readonly SeenContainer[];
  workloads: readonly Workload[];
  state: Snapshot | null | undefined;
  options: RuntimeOptions;
  info(): Promise<EngineInfo>;
  images: LocalImages;
}

/** The check of the container kind: one list for all, and the engine's word of itself at most once. */
export function containerCheck({ open, all, options }: ContainerContext): Things['check'] {
  const info = engineInfo(open);
  return async (workloads, context, state) => {
    if (workloads.length === 0) return new Map();
    const engine = await open(context);
    return checkContainers({
      engine,
      all: await all.get(context),
      workloads,
      state,
      options,
      info: () => info.get(context),
      images: localImages(engine, context),
    });
  };
}

/** What belongs to a spec alone, whoever has it. */
const OF_SPEC: readonly ((spec: Spec, facts: Facts) => Promise<Finding[]> | Finding[])[] = [
  checkImage,
  checkSecurity,
  checkLimits,
  checkIo,
  checkNetworking,
  checkFittings,
];

/** What the engine could not make of these containers, or would not hold. What depends on a template is looked at when it is known. */
async function checkContainers(facts: Facts): Promise<Map<string, Finding[]>> {
  const findings = new Map<string, Finding[]>();
  const tell = (id: string, some: readonly Finding[]): void => {
    if (some.length > 0) findings.set(id, [...(findings.get(id) ?? []), ...some]);
  };
  for (const workload of facts.workloads) {
    if (workload.spec.container === undefined) continue;
    tell(workload.id, checkNames(workload, facts));
    tell(workload.id, checkPorts(workload, facts));
    tell(workload.id, checkMounts(workload, facts));
    for (const check of OF_SPEC) tell(workload.id, await check(workload.spec, facts));
  }
  return findings;
}
