import { canonical, equal, isObject, type Json, type Pointer, pointer } from '../model/json.ts';
import type { ChangeAction, Plan, WorkloadChange } from '../model/plan.ts';
import { isLeaf } from '../model/template.ts';
import { ACTION_WORD, actionSymbol } from './action-words.ts';
import { address } from './address.ts';
import { type Paint, paintWith, type Screen } from './paint.ts';
import { planSentence } from './plan-sentences.ts';
import { safe } from './text-safety.ts';
import { wrap } from './width.ts';

/** How two plans differ. Everything is by workload id, sorted by address. */
export interface PlanDiff {
  /** True when both do the same to everything. */
  same: boolean;
  /** What the plans were made from: differs, by name, as `[a, b]`. */
  context: Record<string, [Json, Json]>;
  /** Does something in B and nothing in A. */
  added: PlanDiffEntry[];
  /** Does something in A and nothing in B. */
  removed: PlanDiffEntry[];
  /** Does something else, or the same to another end. */
  changed: (PlanDiffEntry & { other: ChangeAction; paths: Pointer[]; reasons: string[] })[];
  summaries: [string, string];
}

interface PlanDiffEntry {
  id: string;
  address: string;
  action: ChangeAction;
}

/** Compares what two plans would do. Values are compared, sensitive ones by their digests; causes and warnings are not. */
export function diffPlans(a: Plan, b: Plan): PlanDiff {
  const [left, right] = [acting(a), acting(b)];
  const diff: PlanDiff = {
    same: false,
    context: contextOf(a, b),
    added: [],
    removed: [],
    changed: [],
    summaries: [planSentence(a.summary), planSentence(b.summary)],
  };
  for (const [id, change] of left) {
    const other = right.get(id);
    if (other === undefined) diff.removed.push(entryOf(change));
    else {
      const { paths, reasons } = compare(change, other);
      if (change.action !== other.action || paths.length > 0 || reasons.length > 0)
        diff.changed.push({ ...entryOf(change), other: other.action, paths, reasons });
    }
  }
  for (const [id, change] of right) if (!left.has(id)) diff.added.push(entryOf(change));
  for (const list of [diff.added, diff.removed, diff.changed])
    list.sort((x, y) => (x.address < y.address ? -1 : x.address > y.address ? 1 : 0));
  const dependent = (plan: Plan) => plan.steps.map((s) => ({ id: s.id, dependsOn: s.dependsOn.toSorted() })).sort(byId);
  if (diff.changed.length + diff.added.length + diff.removed.length === 0 && !equal(dependent(a), dependent(b)))
    diff.context['order of steps'] = ['one', 'another'];
  diff.same = diff.changed.length + diff.added.length + diff.removed.length + Object.keys(diff.context).length === 0;
  return diff;
}

/** The difference for people; `names` are the two plan files. */
export function planDiffToText(diff: PlanDiff, options: Screen & { names: [string, string] }): string {
  const paint: Paint = paintWith(options.chalk);
  const [a, b] = options.names.map(safe) as [string, string];
  if (diff.same) return `No differences. ${a} and ${b} do the same.\n`;
  const line = (symbol: string, text: string) => wrap(`${symbol} ${text}`, options.width, '    ').join('\n');
  const out = [`A: ${a}  ${diff.summaries[0]}`, `B: ${b}  ${diff.summaries[1]}`, ''];
  for (const [name, [x, y]] of Object.entries(diff.context))
    out.push(line(paint.change('~'), `${safe(name)}: ${safe(canonical(x))} -> ${safe(canonical(y))}`));
  for (const entry of diff.removed)
    out.push(line(paint.remove('-'), `${safe(entry.address)}: ${words(entry.action)} only in A`));
  for (const entry of diff.added)
    out.push(line(paint.add('+'), `${safe(entry.address)}: ${words(entry.action)} only in B`));
  for (const entry of diff.changed) {
    const action =
      entry.action === entry.other ? words(entry.action) : `${words(entry.action)} -> ${words(entry.other)}`;
    const at = entry.paths.map((p) => safe(p.slice(1))).filter((p) => p !== '');
    const paths = entry.paths.length === 0 ? [] : [`other values${at.length === 0 ? '' : ` at ${at.join(', ')}`}`];
    out.push(line(paint.change('~'), `${safe(entry.address)}: ${[action, ...paths, ...entry.reasons].join('; ')}`));
  }
  return `${out.join('\n')}\n`;
}

function words(action: ChangeAction): string {
  return `${actionSymbol(action).trim()} ${ACTION_WORD[action]}`.trim();
}

function acting(plan: Plan): Map<string, WorkloadChange> {
  return new Map(
    plan.changes.filter((c) => c.action !== 'no-op' || c.previousId !== undefined).map((c) => [c.id, c] as const),
  );
}

function entryOf(change: WorkloadChange): PlanDiffEntry {
  return { id: change.id, address: address(change.kind, change.id), action: change.action };
}

function contextOf(a: Plan, b: Plan): PlanDiff['context'] {
  const of = (plan: Plan): Record<string, Json> => ({
    project: plan.project,
    mode: plan.mode,
    lineage: plan.lineage,
    serial: plan.serial,
    'pj version': plan.pjVersion,
    // Digests made with different keys differ though the values may be the same.
    'digest key': plan.digestKeyId ?? null,
    targets: plan.options.targets,
    excludes: plan.options.excludes,
    replace: plan.options.replace,
    'allow data loss': plan.options.allowDataLoss,
    'destroy volumes': plan.options.destroyVolumes,
    refresh: plan.options.refresh,
    prune: plan.options.prune,
  });
  const [x, y] = [of(a), of(b)];
  return Object.fromEntries(
    Object.keys(x)
      .filter((key) => !equal(x[key], y[key]))
      .map((key) => [key, [x[key] ?? null, y[key] ?? null] as [Json, Json]]),
  );
}

function compare(a: WorkloadChange, b: WorkloadChange): { paths: Pointer[]; reasons: string[] } {
  const reasons: string[] = [];
  if (!equal(a.steps, b.steps)) reasons.push('other steps');
  if ((a.refused === undefined) !== (b.refused === undefined))
    reasons.push(a.refused === undefined ? 'refused in B' : 'refused in A');
  if (!equal(a.dataLoss, b.dataLoss)) reasons.push('loses other data');
  if (a.downtime !== b.downtime) reasons.push(a.downtime ? 'goes down only in A' : 'goes down only in B');
  return { paths: differing(a.after ?? undefined, b.after ?? undefined, ''), reasons };
}

/** The topmost paths at which two values differ; lists and leaves count as one. */
function differing(a: Json | undefined, b: Json | undefined, path: Pointer): Pointer[] {
  if (isObject(a) && isObject(b) && !isLeaf(a) && !isLeaf(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => differing(a[key], b[key], path + pointer(key)));
  }
  return equal(a, b) ? [] : [path];
}

function byId(a: { id: string }, b: { id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
