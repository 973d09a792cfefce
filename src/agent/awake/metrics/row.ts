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
  /** `project="…",workload="…",kind="…",host="…"`: made once for as long as its record stands. */
  labels: string;
}

/** Makes the labels of workloads, once for each record. */
export class Labels {
  private readonly project: () => string;
  private readonly host: string;
  private readonly made = new WeakMap<WorkloadRecord, { project: string; text: string }>();

  constructor(project: () => string, host: string) {
    this.project = project;
    this.host = host;
  }

  of(record: WorkloadRecord): string {
    const project = this.project();
    const known = this.made.get(record);
    if (known?.project === project) return known.text;
    const text = labelled({ project, workload: record.id, kind: record.kind, host: this.host });
    this.made.set(record, { project, text });
    return text;
  }
}
