import type { Json } from '../../../model/json.ts';
import { bootId } from '../../../os/identity.ts';
import type { Acted, Awake, Part } from '../contract.ts';
import { type BootKept, readBoot } from './boots.ts';

/** The first pause between two attempts, and the longest. ms */
const FIRST = 2_000;
const LONGEST = 60_000;
/** Attempts after which it is given up: about half an hour. */
const MOST = 30;
/** What no further attempt would mend: somebody has to run `pj apply`. */
const HOPELESS = new Set(['PJ5302', 'PJ5308', 'PJ5309', 'PJ4002', 'PJ4003', 'PJ1060']);

/**
 * After a reboot: has everything that should run started, all kinds alike, in dependency order on health, by one `heal`. What fails (an engine that is not up
 * yet) is tried again, with pauses that grow; what needs somebody is told and left. Until then `booting`.
 */
export function makeBoot(awake: Awake): Part {
  return new Boot(awake);
}

class Boot implements Part {
  readonly name = 'boot';
  private readonly awake: Awake;
  private readonly keep;
  private kept: BootKept | undefined;
  private next = 0;
  private acting = false;
  /** What needs somebody, and was told. */
  private readonly lost = new Map<string, string>();

  constructor(awake: Awake) {
    this.awake = awake;
    this.keep = awake.keep('boot');
  }

  get booting(): boolean {
    // Once everything was tried, what is up is watched: one that cannot be started must not take that from the others.
    return this.kept?.pending !== undefined && this.kept.pending.attempts === 0;
  }

  begin(): void {
    this.kept = readBoot(this.keep.read());
    const { pending } = this.kept ?? {};
    if (this.kept === undefined || pending === undefined) return;
    if (this.awake.watched.size === 0 && this.awake.stateKnown !== false) {
      this.note(undefined);
      return;
    }
    if (pending.told) return;
    this.awake.activity.tell({
      type: 'rebooted',
      severity: 'warning',
      message: 'the machine was rebooted: what should run is started, in the order of its dependencies',
      data: { workloads: this.awake.watched.size },
    });
    this.note({ ...pending, told: true });
  }

  tick(): void {
    if (
      this.kept?.pending === undefined ||
      this.awake.stateKnown === false ||
      this.acting ||
      this.awake.busy ||
      this.awake.monotonic() < this.next
    )
      return;
    this.acting = true;
    this.attempt()
      .catch((error: unknown) => this.again({}, error instanceof Error ? error.message : String(error)))
      .finally(() => {
        this.acting = false;
      });
  }

  private async attempt(): Promise<void> {
    const { pending } = this.kept ?? {};
    if (pending === undefined) return;
    const failed: Record<string, string> = {};
    const hopeless: Record<string, string> = {};
    let trouble: string | undefined;
    const take = (acted: Acted): void => {
      for (const { id, code, message } of acted.failed) (HOPELESS.has(code) ? hopeless : failed)[id] = message;
      for (const id of acted.done) delete failed[id];
      if (acted.error !== undefined) trouble = acted.error.message;
    };
    // What failed to start is recorded as FAILED: it is tried again as well. What would need a replace is left, and told.
    const acted = await this.awake.act({ action: 'heal', ids: [], reason: 'reboot', safe: true });
    take(acted);
    if (pending.attempts === 0) this.tellLeft(acted.left ?? {});
    for (const [workload, message] of Object.entries(hopeless)) {
      if (this.lost.get(workload) === message) continue;
      this.lost.set(workload, message);
      this.awake.activity.tell({
        type: 'heal_failed',
        severity: 'error',
        workload,
        message: `${workload} was not started after the reboot: ${message}`,
        data: { reason: 'reboot' },
      });
    }
    this.again(failed, trouble);
  }

  private tellLeft(left: Readonly<Record<string, string>>): void {
    for (const [workload, why] of Object.entries(left))
      this.awake.activity.tell({
        type: 'heal_failed',
        severity: 'warning',
        workload,
        message: `${workload} was not brought back after the reboot: ${why}`,
        data: { reason: 'reboot' },
      });
  }

  /** Ends it where all is up; else waits for the next attempt, or gives up. */
  private again(failed: Record<string, string>, trouble: string | undefined): void {
    const { pending } = this.kept ?? {};
    if (pending === undefined) return;
    const attempts = pending.attempts + 1;
    const left = Object.entries(failed);
    if (left.length === 0 && trouble === undefined) {
      this.awake.log('what should run after the reboot is up');
      this.note(undefined);
      return;
    }
    const why = trouble ?? left.map(([id, reason]) => `${id}: ${reason}`).join('; ');
    if (attempts >= MOST) {
      this.awake.activity.tell({
        type: 'heal_failed',
        severity: 'error',
        message: `given up after ${attempts} attempts to start everything after the reboot: ${why}`,
        data: { reason: 'reboot', failed },
      });
      this.note(undefined);
      return;
    }
    if (attempts === 1) this.awake.log(`not all is up after the reboot, and it is tried again: ${why}`);
    this.next =
      this.awake.monotonic() + Math.min(LONGEST, FIRST * 2 ** (attempts - 1)) * (0.75 + this.awake.random() / 2);
    this.note({ ...pending, failed: trouble === undefined ? failed : pending.failed, attempts });
  }

  private note(pending: BootKept['pending']): void {
    const here = this.kept?.bootId ?? bootId() ?? '';
    this.kept = pending === undefined ? { bootId: here } : { bootId: here, pending };
    try {
      this.keep.write(this.kept as unknown as Json);
    } catch (error) {
      // A full disk: the next agent does once more what needs nothing then.
      this.awake.log(`boot: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
