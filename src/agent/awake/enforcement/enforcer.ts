import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ActivityType } from '../../../model/awake.ts';
import type { JsonObject } from '../../../model/json.ts';
import type { WorkloadRecord } from '../../../model/record.ts';
import type { EnforcementAction } from '../../../model/spec.ts';
import { auditLog } from '../../../state/audit.ts';
import { userName } from '../../../state/local.ts';
import { crashPoint } from '../../crash.ts';
import type { Awake, Watched } from '../contract.ts';
import type { Pending } from './counter.ts';
import type { Rule } from './rules.ts';
import { amount } from './words.ts';

/** Longest that an engine may take to set a throttle. ms */
const LONGEST = 15_000;

const ACTIONS: Record<Exclude<Pending['what'], 'lift'>, EnforcementAction> = {
  throttle: 'THROTTLE',
  stop: 'SHUTDOWN',
  kill: 'KILL',
};

/** What came of an attempt. */
export type Outcome = { outcome: 'done' | 'moot' } | { outcome: 'failed'; reason: string };

interface Circumstances {
  /** The throttle is taken up again after the end of an agent. */
  resumed: boolean;
  /** Whether the quota is violated at this moment. */
  still: () => boolean;
}

/** Carries out what was decided, and tells of it: events, and a line of the audit log for each action. */
export class Enforcer {
  private readonly awake: Awake;
  private readonly audit;
  private auditing: Promise<void> = Promise.resolve();

  constructor(awake: Awake) {
    this.awake = awake;
    const path = join(awake.project, '.pj', 'audit.ndjson');
    this.audit = auditLog({ path, who: userName(), host: hostname(), now: () => awake.now() });
  }

  /** Does it, once. Never throws. */
  async carryOut(one: Watched, rule: Rule, pending: Pending, { resumed, still }: Circumstances): Promise<Outcome> {
    try {
      if (pending.what === 'throttle' || pending.what === 'lift')
        return await this.throttle(one, rule, pending, resumed);
      return await this.end(one, rule, { what: pending.what, why: pending.why }, still);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      // Once: what goes on failing is in the log of the agent.
      if (pending.failed === 0) {
        const action = pending.what === 'lift' ? 'the lift of its throttle' : ACTIONS[pending.what];
        const message = `${action} for ${rule.resource} failed and is tried again: ${reason}`;
        this.tell('quota_action', one.record.id, 'error', message, { ...of(rule), ok: false });
        this.audited(`enforce ${action} ${one.record.id} ${rule.resource}`, `failed: ${reason}`);
      }
      return { outcome: 'failed', reason };
    }
  }

  violated(id: string, rule: Rule, why: string, used: number | undefined): void {
    this.tell('quota_violated', id, 'warning', why, { ...of(rule), ...(used === undefined ? {} : { used }) });
  }

  kept(id: string, rule: Rule, used: number | undefined): void {
    const now = used === undefined ? '' : `: ${amount(rule.resource, used)} of ${amount(rule.resource, rule.quota)}`;
    this.tell('quota_ok', id, 'info', `${rule.resource} is within its quota again${now}`, {
      ...of(rule),
      ...(used === undefined ? {} : { used }),
    });
  }

  /** The action that is nothing but this. */
  notify(id: string, rule: Rule, why: string): void {
    this.tell('quota_action', id, 'warning', `NOTIFY: ${why}`, { ...of(rule), ok: true });
    this.audited(`enforce NOTIFY ${id} ${rule.resource}`, 'ok');
  }

  /** A throttle that is none any more, without that it had to be lifted. */
  released(id: string, rule: Rule, why: string): void {
    this.tell('throttle_released', id, 'info', `${rule.resource} is throttled no more: ${why}`, of(rule));
  }

  private async throttle(one: Watched, rule: Rule, { what, to, why }: Pending, resumed: boolean): Promise<Outcome> {
    const { record } = one;
    const { resource } = rule;
    if (resource !== 'cpu' && resource !== 'memory') return { outcome: 'moot' };
    const provider = await this.awake.provider(record.provider);
    if (provider.throttle === undefined) {
      if (what === 'lift') return { outcome: 'moot' };
      throw new Error(`${provider.name} throttles nothing`);
    }
    const context = { signal: AbortSignal.timeout(LONGEST), progress: () => undefined };
    crashPoint(`awake:before-${what}`);
    const held = (await provider.throttle(record, { [resource]: what === 'lift' ? null : (to ?? null) }, context))[
      resource
    ];
    crashPoint(`awake:after-${what}`);
    if (what === 'lift') {
      this.released(record.id, rule, why);
      this.audited(`enforce release ${record.id} ${resource}`, 'ok');
      return { outcome: 'done' };
    }
    // It does not run any more.
    if (held === undefined || held === null) return { outcome: 'moot' };
    const data = { ...of(rule), to: held };
    if (resumed) {
      const message = `${resource} was throttled to ${amount(resource, held)} when the agent ended, and still is`;
      this.tell('throttle_resumed', record.id, 'warning', message, data);
      return { outcome: 'done' };
    }
    const message = `${resource} is throttled to ${amount(resource, held)}`;
    this.tell('throttle_set', record.id, 'warning', message, data);
    this.tell('quota_action', record.id, 'warning', `THROTTLE: ${why}`, { ...of(rule), ok: true });
    this.audited(`enforce THROTTLE ${record.id} ${resource}`, 'ok');
    return { outcome: 'done' };
  }

  private async end(one: Watched, rule: Rule, { what, why }: End, still: () => boolean): Promise<Outcome> {
    const { id } = one.record;
    const reason = reasonOf(what, why);
    const act = { action: what, ids: [id], reason, instances: { [id]: one.instance } };
    const acted = await this.awake.act(act, still);
    if (acted.skipped.includes(id)) return { outcome: 'moot' };
    if (!acted.done.includes(id)) {
      const failure = acted.failed.find((other) => other.id === id) ?? acted.failed[0] ?? acted.error;
      throw new Error(failure === undefined ? 'nothing was done' : `${failure.code}: ${failure.message}`);
    }
    const also = acted.done.filter((other) => other !== id);
    this.ended(id, rule, { what, why }, withIt(also), { also });
    return { outcome: 'done' };
  }

  /** Tells of an end that the agent before this one has begun, where the state says that it was that. False: it does not. `dependents`: what may have been ended with it. */
  endedBefore(
    record: WorkloadRecord,
    rule: Rule,
    { what, why }: Pending,
    dependents: readonly WorkloadRecord[],
  ): boolean {
    if (what !== 'stop' && what !== 'kill') return false;
    const reason = reasonOf(what, why);
    const { id, imperative, lastError } = record;
    const by = `${imperative?.command ?? ''} ${lastError?.code === 'PJ5701' ? lastError.message : ''}`;
    if (!by.includes(reason)) return false;
    const also = dependents
      .filter((other) => other.desiredState === 'stopped' && other.imperative?.command.includes(reason))
      .map((other) => other.id)
      .sort();
    this.ended(id, rule, { what, why }, `${withIt(also)}; the agent was ended meanwhile`, { also });
    return true;
  }

  /** Tells what became of an end that was due when the agent before this one was ended, and that nobody is known to have carried out. */
  notEnded(id: string, rule: Rule, { what, why }: Pending, how: string): void {
    if (what !== 'stop' && what !== 'kill') return;
    const action = ACTIONS[what];
    const message = `${action} for ${rule.resource}, which was due when the agent was ended, ${how} (${why})`;
    this.tell('quota_action', id, 'warning', message, { ...of(rule), ok: false });
    this.audited(`enforce ${action} ${id} ${rule.resource}`, how);
  }

  private ended(id: string, rule: Rule, { what, why }: End, more: string, data: JsonObject): void {
    const action = ACTIONS[what];
    this.tell('quota_action', id, 'error', `${action}: ${why}${more}`, { ...of(rule), ok: true, ...data });
    this.audited(`enforce ${action} ${id} ${rule.resource}`, 'ok');
  }

  private tell(
    type: ActivityType,
    workload: string,
    severity: 'info' | 'warning' | 'error',
    message: string,
    data: JsonObject,
  ): void {
    this.awake.activity.tell({ type, severity, workload, message, data });
  }

  /** Ends when all lines of the audit log are written. */
  written(): Promise<void> {
    return this.auditing;
  }

  /** One line after the other. What was done stands, though it cannot be written down. */
  private audited(operation: string, result: string): void {
    this.auditing = this.auditing
      .then(() => this.audit.append({ operation, result }))
      .catch((thrown: unknown) => this.awake.log(String(thrown)));
  }
}

interface End {
  what: 'stop' | 'kill';
  why: string;
}

const withIt = (also: readonly string[]): string => (also.length === 0 ? '' : `; with it: ${also.join(', ')}`);

/** Stands in the state as the reason, too. */
const reasonOf = (what: 'stop' | 'kill', why: string): string => `quota enforcement (${ACTIONS[what]}): ${why}`;

const of = ({ resource, action, quota }: Rule): JsonObject => ({ resource, action, quota });
