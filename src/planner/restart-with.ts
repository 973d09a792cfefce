import type { Cause } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Dependency, Workload } from '../model/workload.ts';
import { whyBlocked } from './availability.ts';
import type { Context } from './context.ts';
import { hostOf, runsIn } from './hosts.ts';
import { goesDown, type Node } from './node.ts';
import { cycle } from './run-state.ts';
import { warning } from './warnings.ts';

/** Whether somebody who depends on this one finds another instance of it after the plan. A plain start after a wanted stop is none. */
export function renewed(node: Node): 'replaced' | 'restarted' | undefined {
  const { shape, record } = node;
  if (record === undefined || !shape.start) return undefined;
  if (shape.create) return 'replaced';
  const ran = record.state === 'RUNNING' || record.state === 'STARTING' || record.state === 'PAUSED';
  const again = node.runsOnce && record.completed;
  return shape.stop || again || (ran && !node.now.up) ? 'restarted' : undefined;
}

/** Restarts a running workload around those of its dependencies with `restart: true` that are renewed. */
export function passOn(
  node: Node,
  dependencies: readonly Dependency[],
  want: Workload,
  record: WorkloadRecord,
  ctx: Context,
): void {
  if (!node.now.up || want.desiredState !== 'running' || (node.runsOnce && record.completed)) return;
  for (const { id, restart } of dependencies) {
    const on = restart ? ctx.nodes.get(id) : undefined;
    const what = on === undefined ? undefined : renewed(on);
    if (what === undefined) continue;
    const cause: Cause = { type: 'dependency', workload: id, what };
    if (node.shape.create || (node.shape.stop && node.shape.start)) {
      node.causes.push(cause);
      continue;
    }
    const blocked = whyBlocked(node, true, ctx);
    if (blocked === undefined) {
      node.causes.push(cause);
      cycle(node);
      continue;
    }
    if (runsIn(node, id)) {
      warnOfHost(node, on, blocked.because, ctx);
      continue;
    }
    // Stopped, it could not come up again.
    const details = { id: node.id, dependency: id, what: `is ${what}`, because: blocked.because };
    ctx.warnings.push(warning('PJ2032', details, node.id));
  }
}

/** Says so where a workload that is left out of the plan would have to restart with one that is not. */
export function warnOfLeftOut(node: Node, dependencies: readonly Dependency[], ctx: Context): void {
  if (!node.now.up || node.record === undefined) return;
  for (const { id, restart } of dependencies) {
    const on = restart ? ctx.nodes.get(id) : undefined;
    if (runsIn(node, id)) {
      warnOfHost(node, on, LEFT_OUT, ctx);
      continue;
    }
    const what = on === undefined ? undefined : renewed(on);
    if (what === undefined) continue;
    const details = { id: node.id, dependency: id, what: `is ${what}`, because: LEFT_OUT };
    ctx.warnings.push(warning('PJ2032', details, node.id));
  }
}

const LEFT_OUT = 'this plan leaves it out';

/** Says so where a workload stays as it is, while the JVM that it runs in goes down. */
export function warnOfHost(node: Node, host: Node | undefined, because: string, ctx: Context): void {
  if (host === undefined || !host.now.up || !goesDown(host.shape)) return;
  const what = renewed(host) ?? 'stopped';
  ctx.warnings.push(warning('PJ2039', { id: node.id, host: host.id, what, because }, node.id));
}

/** Of one whose host is stopped for good while it should run on. */
export function warnOfStoppedHost(node: Node, ctx: Context): void {
  const host = ctx.nodes.get(hostOf(node.record?.spec) ?? '');
  if (host === undefined || !runsIn(node, host.id) || goesDown(node.shape) || renewed(host) !== undefined) return;
  warnOfHost(node, host, 'its own desiredState is running', ctx);
}
