import type { PlanWarning } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import type { Context } from './context.ts';
import { emptyShape, type Node } from './node.ts';
import { listed, refusal } from './warnings.ts';

/**
 * Refuses the destroy of what must not be destroyed, and of data without leave. Where there is a descriptor its
 * preventDestroy holds; where there is none, the one in the state does, so that deleting a descriptor does not bypass it.
 */
export function guardDestroy(node: Node, ctx: Context): void {
  if (!node.shape.destroy) return;
  const lifecycle = node.want?.lifecycle ?? node.record?.lifecycle;
  node.dataLoss = lostData(node, ctx);
  if (lifecycle?.preventDestroy === true) {
    refuse(node, 'PJ2020', { id: node.id, action: node.action === 'delete' ? 'destroy' : 'replace' }, ctx);
  } else if (node.dataLoss.length > 0 && !ctx.input.options.allowDataLoss) {
    refuse(node, 'PJ2021', { id: node.id, data: listed(node.dataLoss) }, ctx);
  }
}

/** What follows from another refusal: it is refused too, as half a change would break it. */
export function holdRefused(node: Node, because: string, ctx: Context): void {
  refuse(node, 'PJ2022', { id: node.id, because }, ctx);
}

/** Leaves a workload as it is, with a warning that says why; nothing forbids it, it is just not its time. */
export function hold(node: Node, why: PlanWarning, ctx: Context): void {
  node.held = why.message;
  ctx.someStay = true;
  ctx.warnings.push(why);
  node.shape = emptyShape();
  node.planned = undefined;
  node.differences = [];
  node.causes = [];
  node.dataLoss = [];
  node.action = 'no-op';
}

function refuse(node: Node, code: 'PJ2020' | 'PJ2021' | 'PJ2022', details: Record<string, string>, ctx: Context): void {
  ctx.someStay = true;
  node.refused = refusal(code, details);
  node.shape = emptyShape();
  node.proposed = node.planned;
  node.planned = undefined;
}

/**
 * What data the destroy of the instance takes with it. Persistent volumes go only where that was asked for, unless its provider says otherwise; a new
 * instance beside the old one goes on using them.
 */
function lostData(node: Node, ctx: Context): string[] {
  const { record, shape } = node;
  if (record === undefined || shape.beside) return [];
  const { destroyVolumes } = ctx.input.options;
  const dataIn = ctx.rules(record.provider).dataIn ?? volumesIn;
  return dataIn(record.spec, { replaced: shape.create, destroyVolumes });
}

function volumesIn(spec: Spec, { destroyVolumes }: { destroyVolumes: boolean }): string[] {
  if (!destroyVolumes) return [];
  return (spec.volumes ?? [])
    .filter((volume) => volume.type === 'persistent')
    .map((volume) => `volume ${volume.name ?? volume.path}${volume.name === undefined ? '' : ` (${volume.path})`}`);
}
