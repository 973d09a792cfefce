import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PjError } from '../../errors.ts';
import { canonical, isObject, type JsonObject } from '../../model/json.ts';
import { ownEnvironment } from '../own-environment.ts';
import type { Act, Acted, Awake } from './contract.ts';

/** Requests that wait at most, urgent ones and others; one more is refused. */
const QUEUE = 200;
/** Longest that one may take; what heals brings up everything, on health. ms */
const DEADLINE = 20 * 60_000;
const HEAL_DEADLINE = 90 * 60_000;
/** Between asking it to end, to end at once, and the kill: its journal tells the next run how far it came. ms */
const GRACE = 15_000;
/** It ends itself that much later: should nobody be left to end it. The agent's two requests must not be three. ms */
const LATER = 5_000;
/** What is kept of what it prints. Characters. */
const KEPT = 8 << 20;
const TAIL = 600;

export interface ActorOptions {
  project: string;
  /** bin/pj.js. */
  pjEntry?: string;
  env?: Record<string, string | undefined>;
  log(text: string): void;
  /** ms. @default 20 min; 90 min to heal */
  deadline?: number;
}

/**
 * How the agent has something done to workloads: by a `pj` of its own, which takes the lock, journals and audits; one at a time, what is to end
 * something first (`kill`, then `stop`), else in the order in which they came. What is asked for a second time while the first waits or runs is the same request. Never rejects: what kept all of it from being done is in `error`.
 */
export function openActor(options: ActorOptions): Awake['act'] {
  const asked = new Map<string, Promise<Acted>>();
  const needed = new Map<Act, () => boolean>();
  const waiting: [Act[], Act[], Act[]] = [[], [], []];
  const answer = new Map<Act, (acted: Acted) => void>();
  let running = false;
  const goOn = async (): Promise<void> => {
    if (running) return;
    running = true;
    for (;;) {
      const act = waiting.find(({ length }) => length > 0)?.shift();
      if (act === undefined) break;
      const acted = needed.get(act)?.() === false ? notNeeded(act) : await perform(options, act);
      needed.delete(act);
      asked.delete(keyOf(act));
      answer.get(act)?.(acted);
      answer.delete(act);
    }
    running = false;
  };
  return (request, still) => {
    const act = { ...request };
    const key = keyOf(act);
    const same = asked.get(key);
    if (same !== undefined) return same;
    const urgency = urgencyOf(act);
    const others = urgency === 2 ? waiting[2].length : waiting[0].length + waiting[1].length;
    if (others >= QUEUE) return Promise.resolve(nothing(act, `${others} others wait already`));
    const turn = new Promise<Acted>((resolve) => answer.set(act, resolve));
    asked.set(key, turn);
    if (still !== undefined) needed.set(act, still);
    waiting[urgency].push(act);
    // Never rejects.
    void goOn();
    return turn;
  };
}

const notNeeded = ({ ids }: Act): Acted => ({ ok: true, done: [], failed: [], skipped: [...ids] });

const urgencyOf = ({ action }: Act): 0 | 1 | 2 => (action === 'kill' ? 0 : action === 'stop' ? 1 : 2);

/** Whatever reason it is asked for. */
function keyOf({ action, ids, instances = {}, safe = false }: Act): string {
  return canonical({ action, ids: [...ids].sort(), instances, safe } as JsonObject);
}

async function perform(options: ActorOptions, act: Act): Promise<Acted> {
  const what = whatOf(act);
  options.log(`${what} (${act.reason})`);
  const { code, signal, stdout, stderr, late, failure } = await runPj(options, act);
  const acted = actedIn(stdout);
  if (acted === undefined) {
    const how = late ? 'it did not end in time' : (failure ?? `it ended with ${code ?? signal}`);
    const said = stderr.trim().slice(-TAIL);
    const given = nothing(act, said === '' ? how : `${how}: ${said}`);
    options.log(`${what}: ${given.error?.message}`);
    return given;
  }
  for (const { id, message } of acted.failed) options.log(`${what}: ${id}: ${message}`);
  if (acted.error !== undefined) options.log(`${what}: ${acted.error.code} ${acted.error.message}`);
  return acted;
}

interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  late: boolean;
  failure?: string;
}

function runPj(options: ActorOptions, act: Act): Promise<Ran> {
  const entry = options.pjEntry ?? join(import.meta.dirname, '../bin/pj.js');
  const env = options.env ?? process.env;
  return new Promise((resolve) => {
    const ran: Ran = { code: null, signal: null, stdout: '', stderr: '', late: false };
    let child: ChildProcess;
    try {
      child = spawn(
        process.execPath,
        [entry, 'agent', 'act', '--no-color', '--no-input', '--dir', options.project],
        // In a group of its own: what ends the agent is not to end it half-way.
        {
          cwd: options.project,
          detached: true,
          stdio: ['pipe', 'pipe', 'pipe'],
          env: ownEnvironment(env, options.project),
        },
      );
    } catch (thrown) {
      resolve({ ...ran, failure: String(thrown) });
      return;
    }
    const timers: NodeJS.Timeout[] = [];
    const after = (ms: number, signal: NodeJS.Signals) =>
      timers.push(
        setTimeout(() => {
          ran.late = true;
          child.kill(signal);
        }, ms),
      );
    const deadline = options.deadline ?? (act.action === 'heal' ? HEAL_DEADLINE : DEADLINE);
    after(deadline, 'SIGTERM');
    after(deadline + GRACE, 'SIGTERM');
    after(deadline + 2 * GRACE, 'SIGKILL');
    const end = (more: Partial<Ran>) => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ ...ran, ...more });
    };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      if (ran.stdout.length < KEPT) ran.stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      ran.stderr = (ran.stderr + text).slice(-4 * TAIL);
    });
    child.on('error', (error) => end({ failure: error.message }));
    child.on('close', (code, signal) => end({ code, signal }));
    // One that ends before it has read.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(JSON.stringify({ ...act, deadline: deadline + LATER }));
  });
}

/** Undefined: it is no result. */
function actedIn(text: string): Acted | undefined {
  try {
    const value = JSON.parse(text);
    const { ok, done, failed, skipped } = isObject(value) ? value : {};
    const whole = typeof ok === 'boolean' && Array.isArray(done) && Array.isArray(failed) && Array.isArray(skipped);
    return whole ? (value as Acted) : undefined;
  } catch {
    return undefined;
  }
}

function nothing(act: Act, reason: string): Acted {
  const { code, message } = new PjError('PJ5702', { what: whatOf(act), reason });
  return { ok: false, done: [], failed: [], skipped: [], error: { code, message } };
}

const whatOf = ({ action, ids }: Act): string => `${action} ${ids.length === 0 ? 'all' : ids.join(' ')}`;
