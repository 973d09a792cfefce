import type { Drift } from '../model/plan.ts';
import { driftJson } from './change-json.ts';
import { paintWith, type Screen } from './paint.ts';
import { byAddress } from './plan-json.ts';
import type { ResourceDriftJson } from './plan-json-types.ts';
import { addresses } from './plan-pj.ts';
import { blockText, driftBlock, lineDiffFor } from './resource-block.ts';
import { wrap } from './width.ts';
import { plural } from './wording.ts';

/** What `pj drift` tells programs. */
export interface DriftJson {
  format_version: '1.2';
  /** RFC 3339. */
  timestamp: string;
  drifted: boolean;
  resource_drift: ResourceDriftJson[];
}

/** What moved in reality since the last apply, for programs; sorted by address. */
export function driftToJson(drift: readonly Drift[], extra: { timestamp: string }): DriftJson {
  return {
    format_version: '1.2',
    timestamp: extra.timestamp,
    drifted: drift.length > 0,
    resource_drift: drift.map(driftJson).sort(byAddress),
  };
}

/** The same for people: each workload with what changed, how and when, ending in a newline. */
export async function driftToText(drift: readonly Drift[], options: Screen & { full?: boolean }): Promise<string> {
  if (drift.length === 0) return 'No drift. What runs matches what pj applied last.\n';
  const paint = paintWith(options.chalk);
  const resources = drift.map(driftJson).sort(byAddress);
  const lineDiff = await lineDiffFor({ changes: [], drift: resources });
  const block = { full: options.full ?? false, lineDiff, now: options.now, addressOf: addresses(drift) };
  const count = { changed: 0, stopped: 0, gone: 0 };
  for (const one of drift) count[one.what]++;
  const sections = [
    [paint.strong('Note: Objects have changed outside of pj')],
    ...resources.map((resource) => blockText(driftBlock(resource, block), paint)),
    [paint.strong(`Drift: ${count.changed} changed, ${count.stopped} stopped, ${count.gone} gone.`)],
    wrap(`"pj plan" shows what "pj apply" would do about ${plural(drift.length, 'drifted workload')}.`, options.width),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
