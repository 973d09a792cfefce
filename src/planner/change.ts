import { at, equal } from '../model/json.ts';
import type { WorkloadChange } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import { isSensitive } from '../model/template.ts';
import type { Kind } from '../model/workload.ts';
import { heaviest } from './causes.ts';
import type { Node } from './node.ts';
import { withAt } from './sensitive.ts';

/** What the plan tells of one workload. `steps`: ids of its own steps in order. */
export function changeOf(node: Node, steps: string[], before: Spec | null): WorkloadChange {
  const { record, want, shape, differences } = node;
  const updateClass = heaviest(differences);
  const leaves = node.action === 'delete' || node.action === 'forget';
  const after = (node.planned ?? node.proposed)?.spec ?? (leaves ? null : (record?.spec ?? null));
  return {
    id: node.id,
    kind: want?.kind ?? record?.kind ?? 'native',
    provider: want?.provider ?? record?.provider ?? '',
    // Only something that the state had lost sight of goes.
    action: node.action === 'no-op' && steps.length > 0 ? 'update' : node.action,
    causes: node.causes,
    differences,
    ...(updateClass !== undefined && { updateClass }),
    forcedBy: differences.filter((d) => d.updateClass === updateClass).map((d) => d.path),
    downtime:
      runs(want?.kind ?? record?.kind) && node.now.up && !shape.beside && (shape.stop || shape.destroy || shape.pause),
    dataLoss: node.dataLoss,
    steps,
    before,
    after,
    ...(node.previousId !== undefined && { previousId: node.previousId }),
    ...(node.refused !== undefined && { refused: node.refused }),
  };
}

/** A network or a volume is there, or not: it does not go down. */
const runs = (kind: Kind | undefined): boolean => kind !== 'network' && kind !== 'volume';

/** The last applied spec as it may be shown: what is sensitive by now is hidden in it too. Null where nothing is recorded. */
export function shownBefore(node: Node): Spec | null {
  const { record } = node;
  if (record === undefined) return null;
  let spec = record.spec;
  for (const { path, before } of node.differences) {
    if (!isSensitive(before) && !Array.isArray(before)) continue;
    const old = at(spec, path);
    if (old !== undefined && !equal(old, before)) spec = withAt(spec, path, before);
  }
  return spec;
}
