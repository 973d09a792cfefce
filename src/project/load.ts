import { type LoadedProject, loadProject } from '../descriptors/load.ts';
import { PjError } from '../errors.ts';
import type { Part } from '../model/template.ts';
import { isTemplate, leavesOf, sensitiveSources } from '../model/template.ts';
import { hostFacts } from '../os/host.ts';
import type { ProjectOptions } from './options.ts';

/** Reads every descriptor. Errors are in the result, not thrown. */
export async function loadDescriptors(dir: string, options: ProjectOptions): Promise<LoadedProject> {
  const facts = hostFacts();
  return loadProject({
    dir,
    vars: options.vars ?? {},
    varFiles: options.varFiles ?? [],
    env: options.env ?? process.env,
    host: { cpus: facts.cpus, memory: facts.memory },
  });
}

/** Throws what is wrong with the descriptors, all of it in one error. */
export function refuseBroken(loaded: LoadedProject): void {
  const [first, ...others] = loaded.errors;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  throw new PjError('PJ1000', { count: loaded.errors.length }, { others: loaded.errors });
}

/** The templates of all desired workloads that hold something sensitive. */
export function sensitiveTemplates(loaded: LoadedProject): Part[][] {
  return loaded.workloads.flatMap((workload) =>
    leavesOf(workload.spec)
      .filter(isTemplate)
      .map((leaf) => leaf.$template.parts)
      .filter((parts) => sensitiveSources(parts).length > 0),
  );
}
