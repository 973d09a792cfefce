import type { Cause } from '../model/plan.ts';
import { orderedCauses } from './causes.ts';
import type { Context } from './context.ts';
import type { DependencyGraph } from './graph.ts';
import { guardDestroy, hold, holdRefused } from './guards.ts';
import { busy, type Node } from './node.ts';
import { warning } from './warnings.ts';

/**
 * Decides what a workload gets that is to go: forgotten (it runs on) or stopped and destroyed. To be called for dependents
 * before what they depend on; everything that stays is decided by then.
 */
export function leave(
  node: Node,
  how: { forget: boolean; cause: Cause },
  recorded: DependencyGraph,
  ctx: Context,
): void {
  const { shape, now, record } = node;
  if (!node.included || record === undefined) return;
  if (how.forget) {
    shape.forget = true;
    node.action = 'forget';
  } else {
    shape.stop = now.up;
    shape.destroy = true;
    shape.deposed = (record.deposed ?? []).map((one) => one.generation).sort((a, b) => a - b);
    node.action = 'delete';
  }
  node.causes.push(how.cause);
  if (ctx.input.interrupted.has(node.id)) node.causes.push({ type: 'interrupted' });
  node.causes = orderedCauses(node.causes, []);
  guardDestroy(node, ctx);
  if (node.refused !== undefined) return;

  const stays = firstThatStays(node, recorded, ctx);
  if (stays === undefined) return;
  const because = `${stays.id}, which depends on it, stays${stays.refused === undefined ? '' : ` (${stays.refused.message})`}`;
  if (stays.refused !== undefined) holdRefused(node, because, ctx);
  else
    hold(
      node,
      warning('PJ2036', { id: node.id, action: how.forget ? 'forgotten' : 'destroyed', because }, node.id),
      ctx,
    );
}

/** Somebody whose record will go on depending on this one. */
function firstThatStays(node: Node, recorded: DependencyGraph, ctx: Context): Node | undefined {
  let found: Node | undefined;
  for (const id of recorded.inNeighbors(node.id).sort()) {
    const one = ctx.nodes.get(id);
    if (one === undefined || found !== undefined) continue;
    const leaves = one.shape.forget || (one.shape.destroy && !one.shape.create);
    const rewritten = busy(one.shape) && (one.shape.update || one.shape.create);
    if (!leaves && !rewritten) found = one;
  }
  return found;
}
