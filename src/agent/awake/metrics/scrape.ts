import { hostname } from 'node:os';
import type { AwakeStatus } from '../../../model/awake.ts';
import type { Awake } from '../contract.ts';
import { writeWorkloads } from './exposition.ts';
import { GROUPS, type Group } from './families.ts';
import { ownRegistry } from './own.ts';
import { Labels, type Row } from './row.ts';
import type { Render } from './server.ts';
import type { Tally } from './tally.ts';

/** Makes what is answered to a scrape. Loaded when metrics are asked for: prom-client comes with it. */
export function openScrape(awake: Awake, tally: () => Tally): Render {
  const project = () => awake.name;
  const labels = new Labels(hostname());
  const startedAt = awake.now().getTime() / 1000 - process.uptime();
  // Once a scrape: it goes over all workloads and parts. prom-client reads the values before it waits for anything.
  let status: AwakeStatus;
  const own = ownRegistry({ tally, status: () => status, startedAt });
  return async (query) => {
    const groups = chosen(query.getAll('collect[]'));
    if (groups === undefined) return undefined;
    const now = awake.status();
    status = now;
    own.setDefaultLabels({ project: project() });
    const workloads =
      groups.size === 1 && groups.has('pj') ? '' : writeWorkloads(rowsOf(awake, now, labels), tally(), groups);
    return workloads + (groups.has('pj') ? await own.metrics() : '');
  };
}

/** Undefined for a group that there is none of. Asked for nothing: all. */
function chosen(wanted: readonly string[]): ReadonlySet<Group> | undefined {
  const groups = new Set(wanted.length === 0 ? GROUPS : GROUPS.filter((group) => wanted.includes(group)));
  return wanted.every((one) => groups.has(one as Group)) ? groups : undefined;
}

function rowsOf(awake: Awake, { sampling, workloads }: AwakeStatus, labels: Labels): Row[] {
  const { name: project } = awake;
  const about = new Map(workloads.map((one) => [one.id, one]));
  return [...awake.watched].map(([id, { record }]) => ({
    record,
    sample: awake.samples.get(id) ?? {},
    // The first sampling may still be under way.
    sampled: sampling.ticks > 1,
    about: about.get(id) ?? {},
    fixed: labels.of(record, project),
  }));
}
