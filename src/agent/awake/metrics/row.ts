import type { AwakeStatus, AwakeWorkload, Sample } from '../../../model/awake.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { Awake } from '../contract.ts';
import { labelled } from './labels.ts';

/** One workload as a scrape or an export sees it. */
export interface Row {
  record: WorkloadRecord;
  /** Empty while nothing is known of what it uses. */
  sample: Partial<Sample>;
  /** False until the first sampling is through. */
  sampled: boolean;
  about: Partial<AwakeWorkload>;
  /** ms since 1970 */
  now: number;
}

/** One of which text is made. */
export interface WrittenRow extends Row {
  fixed: Fixed;
}

/** All that is watched, as it is known now; `status` is that of the watch. */
export function rowsOf(awake: Awake, { sampling, workloads }: AwakeStatus): Row[] {
  const about = new Map(workloads.map((one) => [one.id, one]));
  const now = awake.now().getTime();
  return [...awake.watched].map(([id, { record }]) => ({
    record,
    sample: awake.samples.get(id) ?? {},
    // The first sampling may still be under way.
    sampled: sampling.ticks > 1,
    about: about.get(id) ?? {},
    now,
  }));
}

/** What stays of a row for as long as its record stands. */
interface Fixed {
  /** `project="…",workload="…",kind="…",host="…"` */
  labels: string;
  /** What was written for it that depends on its record alone, by family. */
  written: Map<string, string>;
}

/** Makes the labels of workloads, once for each record. */
export class Labels {
  private readonly host: string;
  private readonly made = new WeakMap<WorkloadRecord, Fixed & { project: string }>();

  constructor(host: string) {
    this.host = host;
  }

  of(record: WorkloadRecord, project: string): Fixed {
    const known = this.made.get(record);
    if (known?.project === project) return known;
    const labels = labelled({ project, workload: record.id, kind: record.kind, host: this.host });
    const made = { project, labels, written: new Map<string, string>() };
    this.made.set(record, made);
    return made;
  }
}
