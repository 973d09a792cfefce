import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Act, Acted, Awake, Part, Watched } from '../../../../src/agent/awake/contract.ts';
import { enforcement } from '../../../../src/agent/awake/enforcement/enforcement.ts';
import { openKeep } from '../../../../src/agent/awake/keep-file.ts';
import { instanceOf } from '../../../../src/agent/awake/state-view.ts';
import type { ActivityEvent, AgentConfig, Sample } from '../../../../src/model/awake.ts';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import type { Resources } from '../../../../src/model/spec.ts';
import { selfIdentity } from '../../../../src/os/identity.ts';
import type { Provider, Throttle } from '../../../../src/providers/contract.ts';
import { runningRecord } from '../../../support/records.ts';

/** A watch whose clock, samples and engine are the test's. The project's folder is real. */
export class FakeWatch {
  readonly dir = mkdtempSync(join(tmpdir(), 'pj-enforce-'));
  readonly events: ActivityEvent[] = [];
  readonly acts: Act[] = [];
  /** What the engine was told, and what it holds. */
  readonly throttles: Throttle[] = [];
  readonly watched = new Map<string, Watched>();
  readonly samples = new Map<string, Sample>();
  busy = false;
  config: AgentConfig = {};
  at = Date.parse('2026-01-01T00:00:00Z');
  throttle = (_: WorkloadRecord, throttle: Throttle): Promise<Throttle> => Promise.resolve(throttle);
  acted = (act: Act, _still?: () => boolean): Promise<Acted> =>
    Promise.resolve({ ok: true, done: act.ids, failed: [], skipped: [] });
  part: Part;

  constructor() {
    mkdirSync(join(this.dir, '.pj', 'agent'), { recursive: true });
    this.lives(true);
    this.part = this.newPart();
  }

  /** Whether the project has an agent, for those who ask. */
  lives(yes: boolean): void {
    const { pid, startTime, bootId } = selfIdentity();
    const lock = join(this.dir, '.pj', 'agent', `lock-${pid}-${startTime}-${bootId}`);
    if (yes) writeFileSync(lock, '');
    else rmSync(lock);
  }

  /** As after a kill -9: nothing is left but what was kept. */
  async again(): Promise<void> {
    this.part = this.newPart();
    await this.part.begin?.();
  }

  /** Records a workload as it runs. */
  put(id: string, resources: Resources, more: Partial<WorkloadRecord> = {}): void {
    const spec = { native: { command: 'true' }, resources };
    const made = runningRecord({ id, kind: 'native', spec, handle: { id: 'first' }, attributes: {}, ...more });
    this.watched.set(id, { record: made, instance: instanceOf(made) });
  }

  /** Ticks once a second with such samples. */
  async ticks(id: string, samples: readonly Partial<Sample>[]): Promise<void> {
    for (const sample of samples) {
      this.at += 1000;
      this.samples.set(id, { at: new Date(this.at).toISOString(), ...sample });
      this.part.tick?.();
      await this.settle();
    }
  }

  types(): string[] {
    return this.events.map(({ type }) => type);
  }

  /** Lets go on what was begun: until nothing has been told for some turns, as lines of the audit are real writes. */
  async settle(): Promise<void> {
    for (let quiet = 0, told = this.events.length; quiet < 10; quiet++) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.events.length !== told) [quiet, told] = [0, this.events.length];
    }
  }

  async remove(): Promise<void> {
    // A line of the audit may just be written.
    for (let attempt = 0; ; attempt++) {
      try {
        rmSync(this.dir, { recursive: true, force: true });
        return;
      } catch (thrown) {
        if (attempt === 100) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  private newPart(): Part {
    const watch = this;
    const provider = {
      name: 'native',
      throttle: (of: WorkloadRecord, throttle: Throttle) => {
        watch.throttles.push(throttle);
        return watch.throttle(of, throttle);
      },
    } as unknown as Provider;
    const awake: Awake = {
      project: watch.dir,
      name: 'test',
      status: () => ({ sampling: { interval: 1, ticks: 0, missed: 0, jitterP99: 0 }, workloads: [] }),
      get config() {
        return watch.config;
      },
      activity: {
        tell: (event: Omit<ActivityEvent, 'at'>) => void watch.events.push({ at: '', ...event }),
        listen: () => () => undefined,
      } as Awake['activity'],
      watched: watch.watched,
      samples: watch.samples,
      get busy() {
        return watch.busy;
      },
      booting: false,
      provider: () => Promise.resolve(provider),
      act: (act, still) => {
        watch.acts.push(act);
        return watch.acted(act, still);
      },
      keep: openKeep(watch.dir),
      now: () => new Date(watch.at),
      monotonic: () => watch.at,
      random: () => 0.5,
      log: () => undefined,
    };
    return enforcement(awake);
  }
}
