import type { Dependency } from '../model/workload.ts';
import type { Blocked } from './availability.ts';
import type { Context } from './context.ts';
import type { Node } from './node.ts';

/**
 * Which workload that is left as it is still depends, by its record, on this one, which is to depend on it from now on. Recorded together they would be a
 * cycle: neither could be stopped first, and the state would have to forget a dependency that still holds. Undefined where all is well.
 */
export function whyTurned(node: Node, ctx: Context): Blocked | undefined {
  const { record, planned, shape } = node;
  if (!ctx.someStay || record === undefined || planned === undefined || !(shape.create || shape.update))
    return undefined;
  for (const { id } of planned.dependencies) {
    if (record.dependencies.some((one) => one.id === id)) continue;
    const on = ctx.nodes.get(id);
    if (on === undefined || !leadsTo(node.id, on, ctx)) continue;
    const why = on.held ?? on.refused?.message;
    const because = `it is to depend on ${id}, which by what is recorded still depends on it${why === undefined ? '' : ` (${why})`}`;
    return { because, refused: on.refused !== undefined };
  }
  return undefined;
}

/** Whether it will be recorded as depending on `id`, over others too. */
function leadsTo(id: string, from: Node, ctx: Context): boolean {
  const seen = new Set<Node>();
  const stack = [from];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const dependency of dependenciesOf(node)) {
      if (dependency.id === id) return true;
      const on = ctx.nodes.get(dependency.id);
      if (on === undefined || seen.has(on)) continue;
      seen.add(on);
      stack.push(on);
    }
  }
  return false;
}

/** As they will be recorded; of what is not decided yet, as they are wanted. */
function dependenciesOf({ planned, want, record, held, refused, included }: Node): readonly Dependency[] {
  if (planned !== undefined) return planned.dependencies;
  const undecided = included && held === undefined && refused === undefined;
  return (undecided ? want : undefined)?.dependencies ?? record?.dependencies ?? [];
}
