import { hostname } from 'node:os';
import type { AwakeStatus } from '../../../model/awake.ts';
import type { Awake } from '../contract.ts';
import { writeWorkloads } from './exposition.ts';
import { GROUPS, type Group } from './family.ts';
import { ownRegistry } from './own.ts';
import { Labels, rowsOf, type WrittenRow } from './row.ts';
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
  const rows = (now: AwakeStatus): WrittenRow[] =>
    rowsOf(awake, now).map((row) => Object.assign(row, { fixed: labels.of(row.record, project()) }));
  return async (query) => {
    const groups = chosen(query.getAll('collect[]'));
    if (groups === undefined) return undefined;
    const now = awake.status();
    status = now;
    own.setDefaultLabels({ project: project() });
    const workloads = groups.size === 1 && groups.has('pj') ? '' : writeWorkloads(rows(now), tally(), groups);
    return workloads + (groups.has('pj') ? await own.metrics() : '');
  };
}

/** Undefined for a group that there is none of. Asked for nothing: all. */
function chosen(wanted: readonly string[]): ReadonlySet<Group> | undefined {
  const groups = new Set(wanted.length === 0 ? GROUPS : GROUPS.filter((group) => wanted.includes(group)));
  return wanted.every((one) => groups.has(one as Group)) ? groups : undefined;
}
