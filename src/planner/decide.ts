import type { Cause, ChangeAction, Difference } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { leavesOf } from '../model/template.ts';
import type { DesiredState, Workload } from '../model/workload.ts';
import { whyBlocked, whyUnknowable } from './availability.ts';
import { heaviest, orderedCauses } from './causes.ts';
import { type Comparison, compare, compareKept, unreachable } from './compare.ts';
import { type Context, present } from './context.ts';
import { guardDestroy, hold, holdRefused } from './guards.ts';
import { busy, comesUp, goesDown, type Node, type Shape } from './node.ts';
import { attributeNames, resolve } from './references.ts';
import { passOn, warnOfLeftOut, warnOfStoppedHost } from './restart-with.ts';
import { bringUp, cycle, isLeftOff, outside, settleRunState } from './run-state.ts';
import { whyTurned } from './turned-round.ts';
import { warning } from './warnings.ts';

/**
 * Decides what one wanted workload gets, from what is wanted, recorded and observed, and from what was decided for all that
 * it depends on. Fills the node in.
 */
export function decide(node: Node, want: Workload, ctx: Context): void {
  const dependencies = present(want.dependencies, (id) => ctx.nodes.has(id));
  const disturbedBelow = dependencies.some(({ id }) => ctx.nodes.get(id)?.disturbed === true);
  if (!node.included) {
    node.disturbed = disturbedBelow;
    warnOfLeftOut(node, dependencies, ctx);
    return;
  }
  const { record } = node;
  node.planned = {
    id: node.id,
    kind: want.kind,
    provider: want.provider,
    dependencies,
    desiredState: want.desiredState,
    lifecycle: want.lifecycle,
    spec: want.spec,
  };
  if (record === undefined) makeNew(node, want, ctx);
  else change(node, node.planned, want, record, ctx);

  if (record !== undefined) passOn(node, dependencies, want, record, ctx);
  if (node.shape.beside && disturbedBelow) {
    const because = 'something that it depends on goes down, and it is stopped before that';
    ordinaryInstead(node, because, ctx);
  }
  const deposed = record?.deposed;
  if (deposed !== undefined && deposed.length > 0) {
    node.shape.deposed = deposed.map((one) => one.generation).sort((a, b) => a - b);
    if (!otherwiseBusy(node.shape)) node.causes.push({ type: 'interrupted' });
  }
  if (busy(node.shape) && ctx.input.interrupted.has(node.id)) node.causes.push({ type: 'interrupted' });
  finish(node, ctx);
  warnOfStoppedHost(node, ctx);
  node.disturbed = disturbedBelow || goesDown(node.shape);
}

/** Guards, dependencies that cannot be there, the name of it all. */
function finish(node: Node, ctx: Context): void {
  node.action = actionOf(node.shape, node.record);
  const plain = node.record === undefined && !ctx.input.interrupted.has(node.id);
  node.causes = plain ? [] : orderedCauses(node.causes, node.differences);
  guardDestroy(node, ctx);
  if (node.refused !== undefined || !busy(node.shape)) return;
  const rises = comesUp(node.shape);
  const needs = rises || node.shape.create;
  const blocked =
    (needs ? whyBlocked(node, rises, ctx) : undefined) ??
    whyUnknowable(node, ctxReferences(ctx)) ??
    whyTurned(node, ctx);
  if (blocked === undefined) return;
  if (blocked.refused) holdRefused(node, blocked.because, ctx);
  else hold(node, warning('PJ2031', { id: node.id, because: blocked.because }, node.id), ctx);
}

function makeNew(node: Node, want: Workload, ctx: Context): void {
  const spec = resolve(want.spec, ctxReferences(ctx));
  warnOfMissing(
    node,
    leavesOf(spec).flatMap((leaf) => unreachable(leaf, ctxReferences(ctx))),
    ctx,
  );
  if (node.planned !== undefined) node.planned.spec = spec;
  node.shape.create = true;
  bringUp(node, want.desiredState, ctx);
}

/** A workload that is recorded and still wanted. */
function change(
  node: Node,
  planned: NonNullable<Node['planned']>,
  want: Workload,
  record: WorkloadRecord,
  ctx: Context,
): void {
  const { now, shape, id } = node;
  const completed = node.runsOnce && record.completed;
  const compared = comparison(node, want, record, completed, ctx);
  planned.spec = compared.spec;
  const kept = ctx.compareSpecs && !ctx.asRecorded ? compareKept(record, planned.dependencies, want.lifecycle) : [];
  node.differences = [...otherKind(want, record), ...compared.differences, ...kept].sort((a, b) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : 0,
  );
  const real = node.differences.filter((d) => !compared.recordOnly.has(d.path) && !kept.includes(d));
  const updateClass = heaviest(real);
  const asked = ctx.asked.replace.get(id);
  // What is only brought back is not made anew for having failed to start.
  const failed = record.state === 'FAILED' && !onlyUnhealthy(node, record) && !ctx.asRecorded;
  if (failed)
    node.causes.push({ type: 'failed', error: record.lastError?.message ?? 'its last step did not end well' });
  if (asked !== undefined) node.causes.push({ type: 'requested', by: asked });

  if (!now.made && completed && asked === undefined && updateClass !== 'restart' && updateClass !== 'replace') {
    // A job that is done needs nothing to be there.
    shape.update = node.differences.length > 0;
    shape.recordOnly = true;
  } else if (!now.made) {
    node.causes.push(whyGone(node, record, failed));
    shape.create = true;
    bringUp(node, want.desiredState, ctx);
  } else if (failed || asked !== undefined || updateClass === 'replace') {
    replace(node, want, failed, ctx);
  } else {
    shape.update = node.differences.length > 0;
    shape.recordOnly = shape.update && real.length === 0;
    settleRunState(node, record, want.desiredState, updateClass, ctx);
    askedToRun(node, want.desiredState, ctx);
    noteDesiredState(node, record, want.desiredState);
  }
}

function comparison(node: Node, want: Workload, record: WorkloadRecord, completed: boolean, ctx: Context): Comparison {
  if (!ctx.compareSpecs) return { differences: [], spec: record.spec, recordOnly: new Set(), missing: [] };
  const { observed, now } = node;
  // What became of a job's things after it is done is no reason to run it again.
  const fields = observed !== undefined && now.made && !completed ? observed.fields : {};
  const compared = compare({
    want,
    record,
    fields,
    outside: {
      type: 'drift',
      what: 'changed',
      ...(observed?.detail !== undefined && now.status === 'running' && { detail: observed.detail }),
    },
    rules: ctx.rules(want.provider),
    from: ctxReferences(ctx),
    asRecorded: ctx.asRecorded,
  });
  warnOfMissing(node, compared.missing, ctx);
  return compared;
}

function warnOfMissing(node: Node, missing: Comparison['missing'], ctx: Context): void {
  for (const { workload, attribute } of missing) {
    const known = attributeNames(ctx.nodes.get(workload)).join(', ') || 'none';
    ctx.warnings.push(warning('PJ2034', { id: node.id, dependency: workload, attribute, known }, node.id));
  }
}

function replace(node: Node, want: Workload, failed: boolean, ctx: Context): void {
  const { shape, now, record } = node;
  shape.stop = now.up;
  shape.destroy = true;
  shape.create = true;
  bringUp(node, want.desiredState, ctx);
  if (!want.lifecycle.createBeforeDestroy || want.desiredState !== 'running') return;
  shape.beside = true;
  if (failed) shape.beside = false;
  else if (node.runsOnce) ordinaryInstead(node, 'it is a job, which runs once', ctx);
  else if (record?.provider !== want.provider) ordinaryInstead(node, 'it becomes another kind of workload', ctx);
  else if (!ctx.rules(want.provider).sideBySide) {
    ordinaryInstead(node, `its provider ${want.provider} cannot run two of it side by side`, ctx);
  } else {
    const apart = ctx.rules(want.provider).apart?.(record.spec, node.planned?.spec ?? want.spec);
    if (apart !== undefined) ordinaryInstead(node, apart, ctx);
  }
}

function ordinaryInstead(node: Node, because: string, ctx: Context): void {
  node.shape.beside = false;
  ctx.warnings.push(warning('PJ2030', { id: node.id, because }, node.id));
}

/** `pj restart ID`, and `pj start ID` of a job that is done. */
function askedToRun(node: Node, wanted: DesiredState, ctx: Context): void {
  const restart = ctx.asked.restart.get(node.id);
  const start = ctx.asked.start.get(node.id);
  if (wanted !== 'running') return;
  if (restart !== undefined) cycle(node);
  else if (start !== undefined && (node.runsOnce || isLeftOff(node)) && !node.now.up) cycle(node);
  const by = restart ?? start;
  if (by !== undefined && busy(node.shape)) node.causes.push({ type: 'requested', by });
}

/** A desiredState that reality follows already still has to be recorded; a wait alone does not do that. */
function noteDesiredState(node: Node, record: WorkloadRecord, wanted: DesiredState): void {
  if (record.desiredState === wanted || otherwiseBusy({ ...node.shape, wait: false })) return;
  node.shape.update = true;
  node.shape.recordOnly = true;
  node.causes.push({ type: 'desiredState', from: record.desiredState, to: wanted });
  node.differences.push({
    path: '/desiredState',
    before: record.desiredState,
    after: wanted,
    cause: { type: 'desiredState', from: record.desiredState, to: wanted },
    updateClass: 'live',
    reason: 'it is so already: only the record follows',
  });
}

function otherKind(want: Workload, record: WorkloadRecord): Difference[] {
  const cause: Cause = { type: 'configured' };
  const reason = 'another kind of workload is another thing';
  return (['kind', 'provider'] as const)
    .filter((key) => want[key] !== record[key])
    .map((key) => ({ path: `/${key}`, before: record[key], after: want[key], cause, updateClass: 'replace', reason }));
}

/** It was started and runs, only its health check did not come to good: it is waited for, not made again. */
function onlyUnhealthy(node: Node, record: WorkloadRecord): boolean {
  return node.now.status === 'running' && record.health === 'unhealthy';
}

function whyGone(node: Node, record: WorkloadRecord, failed: boolean): Cause {
  const cause = record.handle === null || failed ? undefined : outside(node.observed, record);
  if (cause !== undefined) return cause;
  return failed
    ? { type: 'failed', error: record.lastError?.message ?? 'its last step did not end well' }
    : { type: 'interrupted' };
}

/** What the shape is called. */
export function actionOf(shape: Shape, record: WorkloadRecord | undefined): ChangeAction {
  if (shape.forget) return 'forget';
  if (shape.create) {
    if (shape.beside) return 'create-before-destroy';
    return shape.destroy && record !== undefined ? 'replace' : 'create';
  }
  if (shape.destroy) return 'delete';
  if (shape.stop && comesUp(shape)) return 'restart';
  if (shape.update) return 'update';
  if (shape.stop) return 'stop';
  if (shape.pause) return 'pause';
  if (shape.resume) return 'resume';
  if (shape.start) return 'start';
  if (shape.wait) return 'wait';
  return shape.deposed.length > 0 ? 'update' : 'no-op';
}

function otherwiseBusy(shape: Shape): boolean {
  return busy({ ...shape, deposed: [] });
}

function ctxReferences(ctx: Context) {
  return { nodes: ctx.nodes, rules: ctx.rules, sensitive: ctx.input.sensitive };
}
