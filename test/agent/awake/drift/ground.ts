import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openActivity } from '../../../../src/activity/log.ts';
import type { Act, Acted, Awake, Part } from '../../../../src/agent/awake/contract.ts';
import { openKeep } from '../../../../src/agent/awake/keep-file.ts';
import type { ActivityEvent, AgentConfig } from '../../../../src/model/awake.ts';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import { DEFAULT_LIFECYCLE } from '../../../../src/model/workload.ts';

/** A watch with a clock of its own, as the parts for drift and boot see it. */
export class Ground {
  readonly dir = mkdtempSync(join(tmpdir(), 'pj-drift-'));
  readonly logged: string[] = [];
  readonly acts: Act[] = [];
  config: AgentConfig = { drift: { interval: 100 } };
  /** ms */
  time = 1_000_000;
  busy = false;
  booting = false;
  records: WorkloadRecord[] = [];
  act: (act: Act) => Promise<Acted> = () => Promise.resolve(NOTHING);

  constructor() {
    mkdirSync(join(this.dir, '.pj', 'agent'), { recursive: true });
  }

  add(id: string, more: Partial<WorkloadRecord> = {}): void {
    const at = new Date(0).toISOString();
    this.records.push({
      id,
      kind: 'native',
      provider: 'native',
      generation: 1,
      spec: { native: { command: 'run' }, restart: { policy: 'no' } } as never,
      handle: {},
      state: 'RUNNING',
      health: 'none',
      completed: false,
      desiredState: 'running',
      dependencies: [],
      lifecycle: DEFAULT_LIFECYCLE,
      attributes: {},
      createdAt: at,
      updatedAt: at,
      ...more,
    });
  }

  /** As a new agent finds it: what was kept is read from the disk. */
  awake(): Awake {
    const ground = this;
    return {
      project: this.dir,
      name: 'shop',
      activity: openActivity(this.dir, () => new Date(ground.time)),
      get config() {
        return ground.config;
      },
      get watched() {
        return new Map(ground.records.map((record) => [record.id, { record, instance: `of ${record.id}` }]));
      },
      samples: new Map(),
      get busy() {
        return ground.busy;
      },
      get booting() {
        return ground.booting;
      },
      status: () => ({ sampling: { interval: 1, ticks: 0, missed: 0, jitterP99: 0 }, workloads: [] }),
      provider: () => Promise.reject(new Error('no engine here')),
      act: (act) => {
        this.acts.push(act);
        return ground.act(act);
      },
      keep: openKeep(this.dir),
      now: () => new Date(ground.time),
      monotonic: () => ground.time,
      random: () => 0.5,
      log: (text) => void this.logged.push(text),
    };
  }

  /** Lets time pass in steps of a second, and what is under way go on. */
  async pass(part: Part, seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      this.time += 1_000;
      part.tick?.();
      await new Promise(setImmediate);
    }
  }

  events(): ActivityEvent[] {
    try {
      return readFileSync(join(this.dir, '.pj', 'events.ndjson'), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
    } catch {
      return [];
    }
  }

  types(): string[] {
    return this.events().map(({ type, workload }) => `${type} ${workload ?? ''}`.trim());
  }

  clear(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export const NOTHING: Acted = { ok: true, done: [], failed: [], skipped: [] };
