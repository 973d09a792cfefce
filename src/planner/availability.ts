import { hasHealthCheck } from '../model/spec.ts';
import { leavesOf } from '../model/template.ts';
import type { Condition } from '../model/workload.ts';
import { unreachable } from './compare.ts';
import type { Context } from './context.ts';
import { comesUp, type Node } from './node.ts';
import type { References } from './references.ts';

/** Why a workload cannot be started in this plan. */
export interface Blocked {
  because: string;
  /** A guard is behind it: the plan as a whole is refused, not put off. */
  refused: boolean;
}

/** Which of its dependencies cannot reach its condition in this plan, or is not even there where it does not come up (`rises` false); undefined where all is well. */
export function whyBlocked(node: Node, rises: boolean, ctx: Context): Blocked | undefined {
  for (const { id, condition } of node.planned?.dependencies ?? []) {
    const on = ctx.nodes.get(id);
    if (on === undefined) continue;
    const lacks = rises ? lack(on, condition) : absent(on);
    if (lacks === undefined) continue;
    const why = on.held ?? on.refused?.message;
    const because = `it depends on ${id}, which ${lacks}${why === undefined ? '' : ` (${why})`}`;
    return { because, refused: on.refused !== undefined };
  }
  return undefined;
}

/** Which attribute that its spec refers to cannot come to be in this plan; undefined where all can. */
export function whyUnknowable(node: Node, from: References): Blocked | undefined {
  const { shape, planned } = node;
  if (planned === undefined || !(shape.create || shape.start || (shape.update && !shape.recordOnly))) return undefined;
  for (const leaf of leavesOf(planned.spec)) {
    const ref = unreachable(leaf, from)[0];
    if (ref === undefined) continue;
    const on = from.nodes.get(ref.workload);
    const why = on?.held ?? on?.refused?.message;
    const because = `it refers to ${ref.attribute} of ${ref.workload}, which has none${why === undefined ? '' : ` (${why})`}`;
    return { because, refused: on?.refused !== undefined };
  }
  return undefined;
}

function absent(on: Node): string | undefined {
  return on.record === undefined && !on.shape.create ? 'is not there' : undefined;
}

/** What is missing of a dependency once the plan is done; undefined where it reaches the condition. */
function lack(on: Node, condition: Condition): string | undefined {
  const { shape, now, record } = on;
  if (absent(on) !== undefined) return 'is not there';
  // Left out of the plan, it is what its record says, whatever its descriptor wants.
  const completed = record?.completed === true && (on.runsOnce || on.planned === undefined);
  if (comesUp(shape) || (on.runsOnce && shape.wait)) return shape.pause ? 'is paused' : undefined;
  if (completed && !shape.create) return undefined;
  if (condition === 'completed') return 'has not completed';
  if (shape.create || shape.stop || shape.pause)
    return `is ${on.planned?.desiredState ?? 'stopped'} by its desiredState`;
  if (now.status !== 'running') return now.status === 'dead' ? 'is down' : `is ${now.status}`;
  if (condition === 'started' || shape.wait) return undefined;
  const spec = (on.planned ?? record)?.spec;
  const healthy = spec === undefined || !hasHealthCheck(spec) || record?.health === 'healthy';
  return healthy ? undefined : 'is not healthy';
}
