import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openActivity } from '../../../../src/activity/log.ts';
import type { Awake } from '../../../../src/agent/awake/contract.ts';
import { openKeep } from '../../../../src/agent/awake/keep-file.ts';
import type { AgentConfig, AwakeStatus, AwakeWorkload, Sample } from '../../../../src/model/awake.ts';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import type { Kind } from '../../../../src/model/workload.ts';

/** A watch as the part of the metrics sees it, with what a test puts into it. */
export class Ground {
  readonly dir = mkdtempSync(join(tmpdir(), 'pj-metrics-'));
  readonly logged: string[] = [];
  config: AgentConfig = {};
  time = 0;
  samples = new Map<string, Sample>();
  about = new Map<string, Partial<AwakeWorkload>>();
  records: WorkloadRecord[] = [];
  /** By id; `i` where there is none. */
  instances = new Map<string, string>();
  drift: AwakeStatus['drift'];
  ticks = 10;
  failures: Record<string, number> | undefined;
  /** How often it was asked for what is known. */
  asked = 0;

  constructor() {
    mkdirSync(join(this.dir, '.pj', 'agent'), { recursive: true });
  }

  add(id: string, kind: Kind, more: Partial<WorkloadRecord> = {}, sample?: Partial<Sample>): WorkloadRecord {
    const record = recordOf(id, kind, more);
    this.records.push(record);
    if (sample !== undefined) this.samples.set(id, { at: '2026-11-29T00:00:00.000Z', ...sample });
    return record;
  }

  awake(): Awake {
    const ground = this;
    const keep = openKeep(this.dir);
    return {
      project: this.dir,
      name: 'shop',
      activity: openActivity(this.dir, () => new Date()),
      get config() {
        return ground.config;
      },
      get watched() {
        return new Map(
          ground.records.map((record) => [record.id, { record, instance: ground.instances.get(record.id) ?? 'i' }]),
        );
      },
      get samples() {
        return ground.samples;
      },
      busy: false,
      booting: false,
      status: () => {
        this.asked += 1;
        return {
          sampling: {
            ...{ interval: 1, ticks: this.ticks, missed: 3, jitterP99: 12 },
            ...(this.failures === undefined ? {} : { failures: this.failures }),
          },
          ...(this.drift === undefined ? {} : { drift: this.drift }),
          workloads: this.records.map(({ id }) => ({ id, ...this.about.get(id) })),
        };
      },
      provider: () => Promise.reject(new Error('no engine here')),
      act: () => Promise.reject(new Error('nothing is done here')),
      keep,
      now: () => new Date(),
      monotonic: () => this.time,
      random: Math.random,
      log: (text) => void this.logged.push(text),
    };
  }

  clear(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function recordOf(id: string, kind: Kind, more: Partial<WorkloadRecord>): WorkloadRecord {
  return {
    ...{ id, kind, provider: kind, generation: 1, spec: {}, handle: {}, state: 'RUNNING', health: 'none' },
    ...{ completed: false, desiredState: 'running', dependencies: [], attributes: {} },
    lifecycle: { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [], replaceOn: [], rollback: false },
    ...{ createdAt: '2026-11-29T00:00:00.000Z', updatedAt: '2026-11-29T00:00:00.000Z' },
    ...more,
  };
}

/** A sample that knows everything. */
export const FULL: Partial<Sample> = {
  ...{ cpu: 0.25, cpuSeconds: 12.5, throttledSeconds: 0.5, cpuLimit: 2, memory: 3 << 20, workingSet: 2 << 20 },
  ...{ memoryLimit: 64 << 20, threads: 7, processes: 2, diskRead: 10, diskWritten: 20, diskUsed: 30 },
  ...{ networkReceived: 40, networkSent: 50, restarts: 1, oomKills: 2, startedAt: '2026-11-29T00:00:00.000Z' },
  ...{ heap: 1 << 20, heapMax: 8 << 20, gcCount: 3, gcSeconds: 0.25, classes: 900 },
};
