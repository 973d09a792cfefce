import type { AwakeWorkload, Sample } from '../../../model/awake.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import { labelled } from './labels.ts';

/** One workload as a scrape sees it. */
export interface Row {
  record: WorkloadRecord;
  /** Empty while nothing is known of what it uses. */
  sample: Partial<Sample>;
  /** False until the first sampling is through. */
  sampled: boolean;
  about: Partial<AwakeWorkload>;
  fixed: Fixed;
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
