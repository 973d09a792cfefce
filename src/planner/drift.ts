import { at } from '../model/json.ts';
import type { Drift } from '../model/plan.ts';
import type { Spec } from '../model/spec.ts';
import { driftOf } from './compare.ts';
import type { Node } from './node.ts';
import { recordedStatus } from './now.ts';
import { isLeftOff, outside } from './run-state.ts';
import { type Digest, masked } from './sensitive.ts';

/** What has moved in reality of one workload since the last apply, whether or not the plan acts on it; undefined where nothing has. `before`: its last applied spec as it may be shown. */
export function driftIn(node: Node, before: Spec, digest: Digest): Drift | undefined {
  const { record, observed } = node;
  if (record === undefined || observed === undefined || record.handle === null) return undefined;
  const what = statusDrift(node);
  const differences = observed.status === 'gone' ? [] : fieldDrift(node, digest);
  if (what === undefined && differences.length === 0) return undefined;
  if (what === 'changed') {
    differences.unshift({ path: '/desiredState', before: recordedStatus(record), after: observed.status });
  }
  return {
    id: node.id,
    kind: record.kind,
    what: what ?? 'changed',
    differences,
    // Since when it runs tells nothing of when a field of it was changed.
    ...(what !== undefined && observed.since !== undefined && { since: observed.since }),
    ...(observed.detail !== undefined && { detail: observed.detail }),
    before,
  };
}

function statusDrift(node: Node): Drift['what'] | undefined {
  const { record, observed, runsOnce } = node;
  if (record === undefined || observed === undefined) return undefined;
  // A job that is done may leave nothing behind, and one that has just ended well has done what it should.
  if (runsOnce && (record.completed ? observed.status !== 'running' : observed.status === 'completed'))
    return undefined;
  if (isLeftOff(node)) return undefined;
  if (record.state === 'FAILED') return observed.status === 'gone' ? 'gone' : undefined;
  const cause = outside(observed, record);
  if (cause?.type !== 'drift') return undefined;
  return cause.what;
}

function fieldDrift({ record, observed, want }: Node, digest: Digest): Drift['differences'] {
  if (record === undefined || observed === undefined) return [];
  return driftOf(record, observed.fields, digest).map(({ path, before, after }) => {
    const wanted = at(want?.spec, path);
    const recorded = masked(before, digest, wanted);
    const shown = masked(after, digest, before, wanted);
    return { path, ...(recorded !== undefined && { before: recorded }), ...(shown !== undefined && { after: shown }) };
  });
}
