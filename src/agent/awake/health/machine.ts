import type { Health } from '../../../model/lifecycle.ts';
import { type RestartPolicy, restartPolicy, type Spec } from '../../../model/spec.ts';
import { backoffDelay } from '../../backoff.ts';
import { AGAIN, ENGINES_TURN, FLAPS, WINDOW } from './figures.ts';

/** How one instance is known to be. JSON: it is kept. Times are wall-clock, ms. */
export type Case = {
  /** Instance and moment of the record that it is about. */
  stamp: string;
  /** `none`: not probed. */
  health: Health;
  reason?: string;
  /** Failed probes in a row. */
  failures: number;
  /** Since when it runs, as far as is known: failures do not count in its start period. */
  startedAt: number;
  up: boolean;
  /** Since when it is down. */
  downAt?: number;
  /** Its end was told. */
  told?: boolean;
  /** Restarts in a row, by the agent. */
  attempts: number;
  /** Since when it is up and not unhealthy: after `resetAfter` the attempts count from 0. */
  goodSince?: number;
  /** What is done next, and when. */
  next?: { action: 'start' | 'restart'; at: number; reason: string };
  /** It is being done. */
  acting?: boolean;
  givenUp?: boolean;
  /** When its health, or its being up, has changed of late. */
  changes: number[];
  flapping?: boolean;
  /** Restarts that its engine has counted. */
  restarts?: number;
};

/** What has been seen, or has come of what was done. */
export type Input =
  | { type: 'probed'; healthy: true }
  | { type: 'probed'; healthy: false; reason: string }
  /** By its engine, or its supervisor. `engine`: that starts it again by itself where it can. */
  | { type: 'up'; restarts?: number }
  | { type: 'down'; how: Down; detail: string; engine: boolean; restarts?: number }
  /** Somebody else has told of its end, or of its coming back. */
  | { type: 'changed' }
  /** Its supervisor starts it again, or has at that moment (ms). */
  | { type: 'begun'; at: number }
  | { type: 'acted'; done: boolean }
  /** `counts`: it was tried. `hopeless`: it will not work next time either. */
  | { type: 'not-acted'; message: string; counts: boolean; hopeless: boolean }
  | { type: 'time' };

/** `restarting`: whoever supervises it is about to start it again. */
export type Down = 'dead' | 'stopped' | 'completed' | 'gone' | 'restarting';

export type Told = {
  type:
    | 'health_changed'
    | 'workload_ended'
    | 'workload_restarted'
    | 'workload_given_up'
    | 'flapping'
    | 'flapping_ended';
  severity: 'info' | 'warning' | 'error';
  message: string;
  data?: { [name: string]: string | number };
};

export interface Step {
  next: Case;
  told: Told[];
  /** To be done now; `next` says that it is under way. */
  act?: { action: 'start' | 'restart'; reason: string };
}

export interface Rules {
  policy: RestartPolicy;
  retries: number;
  /** ms */
  startPeriod: number;
  random(): number;
}

export function rulesOf(spec: Spec, random: () => number): Rules {
  const { retries = 3, startPeriod = 30 } = spec.healthCheck ?? {};
  return { policy: restartPolicy(spec), retries: Math.max(1, retries), startPeriod: startPeriod * 1000, random };
}

/** A case of which nothing is known yet but what is recorded. */
export function fresh(stamp: string, health: Health, startedAt: number, now: number): Case {
  const good = health === 'healthy' || health === 'none';
  return {
    ...{ stamp, health, failures: 0, startedAt, up: true, attempts: 0, changes: [] },
    ...(good ? { goodSince: now } : {}),
  };
}

/** Goes on by what was seen. Pure but for `random`. Whether anything may be done now (`may`) is the caller's to say. */
export function step(before: Case, input: Input, now: number, rules: Rules, may: boolean): Step {
  const next: Case = { ...before, changes: before.changes.filter((at) => now - at < WINDOW && at <= now) };
  const told: Told[] = [];
  const scene: Scene = { next, told, now, rules };
  switch (input.type) {
    case 'probed':
      if (input.healthy) healthy(scene);
      else failed(scene, input.reason);
      break;
    case 'up':
      up(scene, input.restarts);
      break;
    case 'down':
      down(scene, input);
      break;
    case 'changed':
      change(scene);
      break;
    case 'begun':
      begun(scene, input.at);
      break;
    case 'acted':
      acted(scene, input.done);
      break;
    case 'not-acted':
      notActed(scene, input);
      break;
    case 'time':
      break;
    default:
      input satisfies never;
  }
  flaps(scene);
  const due = next.next;
  if (!may || due === undefined || next.acting || now < due.at) return { next, told };
  delete next.next;
  next.acting = true;
  next.attempts += 1;
  return { next, told, act: { action: due.action, reason: due.reason } };
}

interface Scene {
  next: Case;
  told: Told[];
  now: number;
  rules: Rules;
}

function healthy({ next, told, now }: Scene): void {
  next.failures = 0;
  // It is well again before anything was done.
  if (next.next?.action === 'restart') delete next.next;
  if (next.health === 'healthy') return;
  const was = next.health;
  next.health = 'healthy';
  delete next.reason;
  delete next.givenUp;
  next.goodSince = now;
  if (was === 'unhealthy') next.changes.push(now);
  told.push({ type: 'health_changed', severity: 'info', message: 'it is healthy', data: { health: 'healthy' } });
}

function failed(scene: Scene, reason: string): void {
  const { next, told, now, rules } = scene;
  next.reason = reason;
  const starting = next.health !== 'healthy' && next.health !== 'unhealthy';
  if (starting && now - next.startedAt < rules.startPeriod) return;
  next.failures = Math.min(next.failures + 1, rules.retries);
  if (next.failures < rules.retries) return;
  if (next.health !== 'unhealthy') {
    next.health = 'unhealthy';
    next.changes.push(now);
    const message = `it is unhealthy: ${reason}`;
    const data = { health: 'unhealthy', reason, failures: next.failures };
    told.push({ type: 'health_changed', severity: 'warning', message, data });
  }
  plan(scene, 'restart', `unhealthy: ${reason}`);
  delete next.goodSince;
}

function up({ next, told, now }: Scene, restarts: number | undefined): void {
  const counted = restarts !== undefined && next.restarts !== undefined && restarts > next.restarts;
  if (restarts !== undefined) next.restarts = restarts;
  if (next.next?.action === 'start') delete next.next;
  if (next.up && !counted) return;
  next.changes.push(now);
  next.up = true;
  next.startedAt = now;
  next.failures = 0;
  next.goodSince = now;
  if (next.health !== 'none') next.health = 'starting';
  delete next.downAt;
  delete next.told;
  delete next.givenUp;
  const message = counted ? 'its engine has started it again' : 'it runs again';
  told.push({ type: 'workload_restarted', severity: 'warning', message });
}

function down(scene: Scene, { how, detail, engine, restarts }: Extract<Input, { type: 'down' }>): void {
  const { next, told, now, rules } = scene;
  const { policy } = rules;
  if (restarts !== undefined && next.restarts === undefined) next.restarts = restarts;
  next.failures = 0;
  if (next.next?.action === 'restart') delete next.next;
  if (next.up) {
    next.up = false;
    next.downAt = now;
    next.changes.push(now);
  }
  if (how !== 'restarting' && next.told !== true) {
    next.told = true;
    told.push({ type: 'workload_ended', severity: 'warning', message: `it has ended: ${detail}`, data: { how } });
  }
  if (how === 'restarting' || how === 'gone' || policy.policy === 'no') return;
  if (policy.policy === 'on-failure' && how !== 'dead') return;
  if (engine) {
    // What was stopped by hand stays so, with engines. One that counts has had its turns.
    if (how !== 'dead' || now - (next.downAt ?? now) < ENGINES_TURN) return;
    const had = policy.policy === 'on-failure' && policy.maxAttempts > 0 && (restarts ?? 0) >= policy.maxAttempts;
    if (had) {
      giveUp(scene, `its engine has started it again ${restarts} times: ${detail}`);
      return;
    }
  }
  plan(scene, 'start', `it has ended: ${detail}`);
  delete next.goodSince;
}

/** By the restart policy. */
function plan(scene: Scene, action: 'start' | 'restart', reason: string): void {
  const { next, now, rules } = scene;
  const { policy, random } = rules;
  if (next.acting || next.next !== undefined || next.givenUp || policy.policy === 'no') return;
  if (next.goodSince !== undefined && now - next.goodSince >= policy.resetAfter * 1000) next.attempts = 0;
  if (policy.maxAttempts > 0 && next.attempts >= policy.maxAttempts) {
    giveUp(scene, `given up after ${next.attempts} restart${next.attempts === 1 ? '' : 's'}: ${reason}`);
    return;
  }
  next.next = { action, at: now + backoffDelay(policy, next.attempts + 1, random), reason };
}

function giveUp({ next, told }: Scene, message: string): void {
  if (next.givenUp) return;
  next.givenUp = true;
  delete next.next;
  const data = { attempts: next.attempts };
  told.push({ type: 'workload_given_up', severity: 'error', message, data });
}

function change({ next, now }: Scene): void {
  next.changes.push(now);
}

/** It comes up anew: what its check says meanwhile is as after any start. */
function begun({ next }: Scene, at: number): void {
  next.failures = 0;
  next.startedAt = at;
  next.goodSince = at;
  if (next.next?.action === 'restart') delete next.next;
  if (next.health !== 'none') next.health = 'starting';
}

/** `done` false: it was not needed any more. */
function acted({ next, told, now }: Scene, done: boolean): void {
  delete next.acting;
  if (!done) {
    next.attempts = Math.max(0, next.attempts - 1);
    return;
  }
  const message = `it was started again by its restart policy (attempt ${next.attempts})`;
  told.push({ type: 'workload_restarted', severity: 'warning', message, data: { attempt: next.attempts } });
  next.changes.push(now);
  if (next.health !== 'none' && next.health !== 'healthy') {
    // Its start was waited for until it was healthy.
    next.health = 'healthy';
    told.push({ type: 'health_changed', severity: 'info', message: 'it is healthy', data: { health: 'healthy' } });
  }
  Object.assign(next, { failures: 0, up: true, startedAt: now, goodSince: now });
  for (const key of ['reason', 'downAt', 'told', 'givenUp', 'restarts'] as const) delete next[key];
}

function notActed(scene: Scene, { message, counts, hopeless }: Extract<Input, { type: 'not-acted' }>): void {
  const { next, now } = scene;
  delete next.acting;
  next.reason = message;
  // What it has started all the same it has waited for already.
  next.startedAt = now;
  const reason = `its restart failed: ${message}`;
  const action = next.up ? 'restart' : 'start';
  if (hopeless) giveUp(scene, reason);
  else if (counts) plan(scene, action, reason);
  else {
    next.attempts = Math.max(0, next.attempts - 1);
    next.next = { action, at: now + AGAIN, reason };
  }
}

function flaps({ next, told }: Scene): void {
  next.changes = next.changes.slice(-4 * FLAPS);
  const { length } = next.changes;
  if (!next.flapping && length >= FLAPS) {
    next.flapping = true;
    const message = `it is flapping: its health, or whether it runs, has changed ${length} times in ${WINDOW / 60_000} min`;
    told.push({ type: 'flapping', severity: 'warning', message, data: { changes: length } });
  } else if (next.flapping && length === 0) {
    delete next.flapping;
    told.push({ type: 'flapping_ended', severity: 'info', message: 'it is not flapping any more' });
  }
}
