import { PjError } from '../errors.ts';
import type { Observed } from '../model/observed.ts';
import type { Cause, UpdateClass } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck } from '../model/spec.ts';
import type { DesiredState } from '../model/workload.ts';
import { type Context, isAwaited } from './context.ts';
import type { Node } from './node.ts';

/** After a create: as far up as it is wanted. */
export function bringUp(node: Node, wanted: DesiredState, ctx: Context): void {
  if (wanted === 'stopped') return;
  node.shape.start = true;
  // A job that is paused at once does not come to its end.
  node.shape.wait = isAwaited(node) && !(wanted === 'paused' && node.runsOnce);
  if (wanted === 'paused') pause(node, ctx);
}

/**
 * Start, stop, pause, resume or wait for an instance that stays. `updateClass` is the heaviest change that is made to it in
 * the same go: with `restart` it is stopped first and comes up again.
 */
export function settleRunState(
  node: Node,
  record: WorkloadRecord,
  wanted: DesiredState,
  updateClass: UpdateClass | undefined,
  ctx: Context,
): void {
  const { shape, now } = node;
  const restart = updateClass === 'restart';
  if (restart && now.up) shape.stop = true;
  switch (wanted) {
    case 'running':
      if (restart) bringUp(node, wanted, ctx);
      else if (node.runsOnce) continueJob(node, record);
      else continueService(node, record);
      return;
    case 'stopped':
      if (now.up) {
        shape.stop = true;
        node.causes.push(whyNotStopped(node, record));
      } else if (!node.runsOnce && record.state !== 'STOPPED' && record.state !== 'DEPLOYED') {
        // It is down already, but whoever watches over it has to hear that it is to stay so.
        shape.stop = true;
        node.causes.push(whyNotStopped(node, record));
      }
      return;
    case 'paused':
      if (node.runsOnce && record.completed) return;
      if (!restart && now.status === 'paused' && record.state === 'PAUSED') return;
      if (restart || (now.status !== 'running' && now.status !== 'paused')) bringUp(node, wanted, ctx);
      else pause(node, ctx);
      node.causes.push(outside(node.observed, record) ?? desired(record, 'paused'));
  }
}

/** Runs it again from the start though nothing of it has changed: stop, start around something else, or because somebody asked. */
export function cycle(node: Node): void {
  const { shape, now } = node;
  shape.stop ||= now.up;
  shape.start = true;
  shape.resume = false;
  shape.wait = isAwaited(node);
}

/** What reality has done to a workload since the last apply, as the cause of bringing it back; undefined where it did nothing. */
export function outside(observed: Observed | undefined, record: WorkloadRecord): Cause | undefined {
  if (observed === undefined) return undefined;
  const ran = record.state === 'RUNNING' || record.state === 'STARTING' || record.state === 'PAUSED';
  const more = {
    ...(observed.since !== undefined && { since: observed.since }),
    ...(observed.detail !== undefined && { detail: observed.detail }),
  };
  switch (observed.status) {
    case 'stopped':
    case 'dead':
    case 'completed':
      return ran ? { type: 'drift', what: 'stopped', ...more } : undefined;
    case 'paused':
      return record.state === 'PAUSED' ? undefined : { type: 'drift', what: 'changed', ...more };
    case 'running':
      return record.state === 'PAUSED' || record.state === 'STOPPED'
        ? { type: 'drift', what: 'changed', ...more }
        : undefined;
    case 'gone':
      return { type: 'drift', what: 'gone', ...more };
  }
}

/** Its guest switched itself off, and is left so. */
export const isLeftOff = ({ observed, record }: Node): boolean =>
  observed?.status === 'completed' && record?.state === 'RUNNING' && record.spec.vm?.runStrategy === 'manual';

function continueService(node: Node, record: WorkloadRecord): void {
  if (isLeftOff(node)) return;
  const { shape, now } = node;
  if (now.status === 'paused') {
    shape.resume = true;
    shape.wait = unhealthy(node, record);
    node.causes.push(
      record.desiredState === 'paused' || record.state === 'PAUSED'
        ? desired(record, 'running')
        : (outside(node.observed, record) ?? desired(record, 'running')),
    );
    return;
  }
  const settled =
    record.state === 'RUNNING' || record.state === 'FAILED' || (record.state === 'STARTING' && isAwaited(node));
  if (now.status === 'running' && settled) {
    if (!unhealthy(node, record)) return;
    shape.wait = true;
    if (!node.differences.some((d) => d.path.startsWith('/healthCheck'))) node.causes.push({ type: 'unhealthy' });
    return;
  }
  shape.start = true;
  shape.wait = isAwaited(node);
  node.causes.push(whyStarted(node, record));
}

function continueJob(node: Node, record: WorkloadRecord): void {
  if (record.completed) return;
  const { shape, now } = node;
  shape.wait = true;
  if (now.status === 'running' || now.status === 'completed') node.causes.push({ type: 'unhealthy' });
  else if (now.status === 'paused') shape.resume = true;
  else shape.start = true;
  if (shape.start || shape.resume) node.causes.push(whyStarted(node, record));
}

/** Its health is not known to be good, or is about to be told by another check. */
function unhealthy(node: Node, record: WorkloadRecord): boolean {
  const spec = node.planned?.spec;
  if (spec === undefined || !hasHealthCheck(spec)) return record.state === 'FAILED';
  return (
    record.health !== 'healthy' ||
    record.state !== 'RUNNING' ||
    node.differences.some((d) => d.path.startsWith('/healthCheck'))
  );
}

function whyStarted(node: Node, record: WorkloadRecord): Cause {
  if (record.desiredState !== 'running') return desired(record, 'running');
  if (node.now.status === 'running') return { type: 'interrupted' };
  return outside(node.observed, record) ?? { type: 'interrupted' };
}

function whyNotStopped(node: Node, record: WorkloadRecord): Cause {
  if (record.desiredState === 'stopped') return outside(node.observed, record) ?? { type: 'interrupted' };
  return desired(record, 'stopped');
}

function desired(record: WorkloadRecord, to: DesiredState): Cause {
  const recorded = { RUNNING: 'running', STARTING: 'running', PAUSED: 'paused' } as const;
  const from =
    record.desiredState === to
      ? ((recorded as Record<string, DesiredState>)[record.state] ?? 'stopped')
      : record.desiredState;
  const { command: by, at } = record.desiredState === to ? {} : (record.imperative ?? {});
  return { type: 'desiredState', from, to, ...(by !== undefined && { by }), ...(at !== undefined && { at }) };
}

function pause(node: Node, ctx: Context): void {
  const provider = node.planned?.provider ?? '';
  if (!ctx.rules(provider).pause) throw new PjError('PJ2008', { id: node.id, provider });
  node.shape.pause = true;
}
