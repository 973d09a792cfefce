import { at, equal, isBelow, type Json, type Pointer, pointer } from '../model/json.ts';
import type { Cause, Difference } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
import { isUnknown, reference } from '../model/template.ts';
import type { Dependency, Lifecycle, Workload } from '../model/workload.ts';
import { diff, type PathDifference } from './diff.ts';
import type { ProviderRules } from './input.ts';
import { causeOf, neverThere, type References, resolve } from './references.ts';
import { hasSecret, masked, sameLeaf, sameValue, withAt } from './sensitive.ts';

/** What comparing declared, last applied and observed came to. */
export interface Comparison {
  differences: Difference[];
  /** Resolved; where a difference is ignored it keeps what is there. */
  spec: Spec;
  /** The differences that only the record has to follow: by path. */
  recordOnly: ReadonlySet<Pointer>;
  /** References to attributes that do not exist and that this plan will not bring. */
  missing: { workload: string; attribute: string }[];
}

interface Sides {
  want: Workload;
  record: WorkloadRecord;
  /** By pointer into the spec; empty where nobody looked or nothing is there. */
  fields: Readonly<Record<Pointer, Json>>;
  /** The cause of what only reality has changed, with what the engine knows of it. */
  outside: Cause;
  rules: ProviderRules;
  from: References;
  /** What is wanted is what is recorded: no template is asked for its value. */
  asRecorded?: boolean;
}

const IN_REALITY = 'it is so in reality already: only the record follows';
const NOW_SECRET = 'the value stays, only whether it is sensitive changes';

/**
 * Compares what is wanted of a workload with what was last applied and with what the engine says, path by path. The cause of
 * a difference is the descriptor's author where declared and last applied differ (a dependency, where the value comes from one that
 * changes), and reality where only observed differs. Where reality is as the descriptor asks already, only the record follows.
 */
export function compare(sides: Sides): Comparison {
  const { want, record, from } = sides;
  const digest = from.sensitive.digest;
  const resolved = sides.asRecorded === true ? record.spec : resolve(want.spec, from);
  const differences: Difference[] = [];
  const recordOnly = new Set<Pointer>();
  const missing: Comparison['missing'] = [];
  const kept: [Pointer, Json | undefined][] = [];
  const ignored = (path: Pointer): boolean => concerns(want.lifecycle.ignoreChanges, path);
  const configured = equal(record.spec, resolved) ? [] : diff(record.spec, resolved, sameLeaf);

  for (const one of configured) {
    const { path, before, after } = one;
    const real = observedAt(sides.fields, path);
    const drifted = real.told && !sameValue(before, real.value, digest);
    if (ignored(path)) {
      // It stays as it is in reality, where that may be written down. A secret that was changed cannot be brought back.
      const open = drifted && masked(real.value, digest, before, after) === real.value;
      if (open) kept.push([path, real.value]);
      else if (!hasSecret(before)) kept.push([path, before]);
      continue;
    }
    const absent = unreachable(after, from);
    missing.push(...absent);
    if (absent.length > 0 && before !== undefined) {
      kept.push([path, before]);
      continue;
    }
    const cause = causeOf(at(want.spec, path), from) ?? { type: 'configured' };
    const same = sameValue(before, after, digest);
    const found = difference(sides, drifted ? { ...one, observed: real.value ?? null } : one, cause);
    if (!concerns(want.lifecycle.replaceOn, path) && (same || (real.told && sameValue(real.value, after, digest)))) {
      recordOnly.add(path);
      found.updateClass = 'live';
      found.reason = same ? NOW_SECRET : IN_REALITY;
    }
    differences.push(found);
  }
  for (const { path, before, after } of driftOf(record, sides.fields, digest)) {
    if (configured.some((one) => isBelow(path, one.path) || isBelow(one.path, path))) continue;
    if (ignored(path)) {
      if (after !== undefined && masked(after, digest, before) === after) kept.push([path, after]);
      continue;
    }
    const back = before === undefined ? { path } : { path, before, after: before };
    differences.push(difference(sides, { ...back, observed: after ?? null }, sides.outside));
  }
  // From the end, so that the items of a list that are taken out do not move those before them.
  const spec = kept.reduceRight<Spec>((to, [path, value]) => withAt(to, path, value), resolved);
  return { differences, spec, recordOnly, missing };
}

/** One difference with its update class, its values as they may be shown. */
function difference(sides: Sides, one: PathDifference & { observed?: Json }, cause: Cause): Difference {
  const { path, before, observed, after } = one;
  const digest = sides.from.sensitive.digest;
  const { updateClass, reason } = concerns(sides.want.lifecycle.replaceOn, path)
    ? { updateClass: 'replace' as const, reason: 'lifecycle.replaceOn says so' }
    : sides.rules.classify(
        path,
        observed === undefined ? before : (observed ?? undefined),
        after,
        sides.record,
        sides.want.spec,
      );
  return {
    path,
    ...(before !== undefined && { before: masked(before, digest, after) ?? null }),
    ...(observed !== undefined && { observed: masked(observed, digest, before, after) ?? null }),
    ...(after !== undefined && { after }),
    cause,
    updateClass,
    reason,
  };
}

function concerns(pointers: readonly Pointer[], path: Pointer): boolean {
  return pointers.some((one) => isBelow(path, one) || isBelow(one, path));
}

/** Every path at which the engine says something else than what was last applied. */
export function driftOf(
  record: WorkloadRecord,
  fields: Readonly<Record<Pointer, Json>>,
  digest: (value: Json) => string,
): PathDifference[] {
  const same = (a: Json | undefined, b: Json | undefined): boolean => sameValue(a, b, digest);
  const found = new Map<Pointer, PathDifference>();
  for (const path of Object.keys(fields).sort()) {
    const recorded = at(record.spec, path);
    if (same(recorded, fields[path])) continue;
    for (const one of diff(recorded, fields[path] ?? undefined, same, path)) found.set(one.path, one);
  }
  return [...found.values()];
}

/** What the engine tells at a path, or at one above it. */
function observedAt(
  fields: Readonly<Record<Pointer, Json>>,
  path: Pointer,
): { told: boolean; value: Json | undefined } {
  for (let here = path; here !== ''; here = here.slice(0, here.lastIndexOf('/'))) {
    if (Object.hasOwn(fields, here)) {
      const value = at(fields[here], path.slice(here.length));
      return { told: true, value: value ?? undefined };
    }
  }
  return { told: false, value: undefined };
}

/** The references in an unknown leaf that this plan will not bring a value for. */
export function unreachable(after: Json | undefined, from: References): { workload: string; attribute: string }[] {
  if (!isUnknown(after)) return [];
  return after.$unknown.parts.flatMap((part) => {
    const ref = reference(part);
    return ref !== undefined && neverThere(ref, from) ? [ref] : [];
  });
}

/** What pj itself keeps of a workload (dependencies, lifecycle) and that no engine knows: pointers below `/dependencies` and `/lifecycle`. */
export function compareKept(
  record: WorkloadRecord,
  dependencies: readonly Dependency[],
  lifecycle: Lifecycle,
): Difference[] {
  if (sameDependencies(record.dependencies, dependencies) && equal({ ...record.lifecycle }, { ...lifecycle }))
    return [];
  const before = { dependencies: byId(record.dependencies), lifecycle: { ...record.lifecycle } };
  const after = { dependencies: byId(dependencies), lifecycle: { ...lifecycle } };
  const found = diff(before.dependencies, after.dependencies, sameLeaf, pointer('dependencies'));
  found.push(...diff(before.lifecycle, after.lifecycle, sameLeaf, pointer('lifecycle')));
  return found.map((one) => ({
    ...one,
    cause: { type: 'configured' },
    updateClass: 'live',
    reason: 'pj keeps it; nothing that runs is touched',
  }));
}

function sameDependencies(a: readonly Dependency[], b: readonly Dependency[]): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every((one, i) => {
      const other = b[i];
      return (
        other !== undefined &&
        one.id === other.id &&
        one.condition === other.condition &&
        one.optional === other.optional &&
        one.restart === other.restart
      );
    })
  );
}

function byId(dependencies: readonly Dependency[]): { [id: string]: Json } {
  return Object.fromEntries(
    dependencies.map(({ id, condition, optional, restart }) => [id, { condition, optional, restart }]),
  );
}
