import { createHash, randomUUID } from 'node:crypto';
import type { DriftNotify } from '../../../model/awake.ts';
import { isObject, type Json, type JsonObject } from '../../../model/json.ts';
import type { Awake } from '../contract.ts';
import { nameOfReceiver, send } from './send.ts';

/** Messages that wait for one receiver, at most: of more the oldest are given up. */
const MOST = 100;
/** Attempts for one message, with pauses of FIRST·2ⁿ up to LONGEST ms: about two hours. */
const ATTEMPTS = 16;
const FIRST = 2_000;
const LONGEST = 900_000;

/** A message to a receiver that is known by its key, so that no address and no secret is kept. */
type Waiting = { id: string; to: string; event: string; payload: JsonObject; attempts: number; nextAt: number };

export const keyOfReceiver = (to: DriftNotify): string =>
  createHash('sha256').update(JSON.stringify(to)).digest('hex').slice(0, 16);

/** What is to be told to whom, kept until it is delivered or given up. Each receiver is told one thing after the other, in order. */
export class Outbox {
  private readonly awake: Awake;
  private readonly saved: () => void;
  private waiting: Waiting[] = [];
  private readonly sending = new Set<string>();
  private readonly troubled = new Set<string>();
  private readonly aborter = new AbortController();

  /** `saved` is called whenever what waits has changed. */
  constructor(awake: Awake, saved: () => void) {
    this.awake = awake;
    this.saved = saved;
  }

  take(kept: Json | undefined): void {
    for (const one of Array.isArray(kept) ? kept : []) {
      if (!isObject(one)) continue;
      const { id, to, event, payload, attempts, nextAt } = one;
      if (typeof id !== 'string' || typeof to !== 'string' || typeof event !== 'string' || !isObject(payload)) continue;
      const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
      this.waiting.push({ id, to, event, payload, attempts: number(attempts), nextAt: number(nextAt) });
    }
  }

  toKeep(): Waiting[] {
    return this.waiting;
  }

  /** Puts a message to every receiver into the queue. */
  put(event: string, payload: JsonObject): void {
    for (const receiver of this.receivers()) {
      const to = keyOfReceiver(receiver);
      this.waiting.push({ id: randomUUID(), to, event, payload, attempts: 0, nextAt: 0 });
      const own = this.waiting.filter((one) => one.to === to && !this.sending.has(one.id));
      if (own.length > MOST && own[0] !== undefined)
        this.giveUp(own[0], receiver, `more than ${MOST} messages wait for it`);
    }
    this.saved();
    this.pump();
  }

  /** Sends what is due. Does not wait. */
  pump(): void {
    const now = this.awake.now().getTime();
    const receivers = new Map(this.receivers().map((to) => [keyOfReceiver(to), to]));
    const busy = new Set<string>();
    for (const one of [...this.waiting]) {
      if (busy.has(one.to)) continue;
      busy.add(one.to);
      const to = receivers.get(one.to);
      if (to === undefined) this.drop(one);
      // A clock that was set back must not make it wait longer than any pause.
      else if (!this.sending.has(one.id) && (one.nextAt <= now || one.nextAt > now + 2 * LONGEST))
        void this.deliver(one, to);
    }
  }

  end(): void {
    this.aborter.abort();
  }

  private receivers(): readonly DriftNotify[] {
    return this.awake.config.drift?.notify ?? [];
  }

  private async deliver(one: Waiting, to: DriftNotify): Promise<void> {
    this.sending.add(one.id);
    const { signal } = this.aborter;
    const context = { project: this.awake.project, env: process.env, now: () => this.awake.now(), signal };
    const sent = await send(to, one, context);
    this.sending.delete(one.id);
    // Ended in the middle: whether it has come to it nobody knows, so the next agent sends it again, under the same id.
    if (signal.aborted) return;
    if (sent.ok) {
      this.troubled.delete(one.to);
      this.drop(one);
      this.pump();
      return;
    }
    one.attempts += 1;
    if (!sent.again || one.attempts >= ATTEMPTS) {
      this.giveUp(one, to, sent.why);
      this.pump();
      return;
    }
    if (!this.troubled.has(one.to))
      this.awake.log(`${nameOfReceiver(to)} was not told: ${sent.why}; it is tried again`);
    this.troubled.add(one.to);
    one.nextAt =
      this.awake.now().getTime() + Math.min(LONGEST, FIRST * 2 ** (one.attempts - 1)) * (0.5 + this.awake.random());
    this.saved();
  }

  private giveUp(one: Waiting, to: DriftNotify, why: string): void {
    const attempts = one.attempts;
    this.awake.activity.tell({
      type: 'notify_failed',
      severity: 'error',
      message: `${nameOfReceiver(to)} was not told of ${one.event}: ${why}`,
      data: { delivery: one.id, event: one.event, attempts },
    });
    this.drop(one);
  }

  private drop(one: Waiting): void {
    this.waiting = this.waiting.filter((other) => other !== one);
    this.saved();
  }
}
