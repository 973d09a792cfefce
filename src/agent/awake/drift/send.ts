import { createHmac } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { resolve } from 'node:path';
import type { DriftNotify } from '../../../model/awake.ts';
import type { SecretSource } from '../../../model/plan.ts';
import { run } from '../../../os/exec.ts';
import { resolveSource } from '../../../values/resolve-secret.ts';
import { baseEnvironment } from '../../environment.ts';
import { lastLine } from './look.ts';

/** One message to one receiver. */
export interface Message {
  /** The same in every attempt: whoever gets it twice can tell. */
  id: string;
  event: string;
  /** JSON object; the time of sending is put in. */
  payload: object;
}

/** What came of an attempt. `again`: a later one may go well. `why` holds no secret and no address beyond the host. */
export type Sent = { ok: true } | { ok: false; again: boolean; why: string };

/** Longest that a receiver may take. ms */
const WEBHOOK_DEADLINE = 10_000;
const COMMAND_DEADLINE = 30_000;

export interface SendContext {
  project: string;
  env: Record<string, string | undefined>;
  now(): Date;
  signal: AbortSignal;
}

/** Sends it once. Never throws. */
export async function send(to: DriftNotify, message: Message, context: SendContext): Promise<Sent> {
  const sentAt = context.now().toISOString();
  const body = JSON.stringify({ id: message.id, event: message.event, sentAt, ...message.payload });
  try {
    if ('webhook' in to) return await post(to, { ...message, body, sentAt }, context);
    if ('command' in to) return await tellCommand(to.command, body, context);
    return append(resolve(context.project, to.file), `${body}\n`);
  } catch (error) {
    return { ok: false, again: true, why: reasonOf(error) };
  }
}

/** How a receiver is called in logs and events: the path of a webhook may be a secret of its own. */
export function nameOfReceiver(to: DriftNotify): string {
  if ('command' in to) return `the command ${to.command[0] ?? ''}`;
  if ('file' in to) return `the file ${to.file}`;
  try {
    return `the webhook at ${new URL(to.webhook).host}`;
  } catch {
    return 'a webhook';
  }
}

async function post(
  to: { webhook: string; secret?: SecretSource },
  message: Message & { body: string; sentAt: string },
  { project, env, signal }: SendContext,
): Promise<Sent> {
  const url = new URL(to.webhook);
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(message.body),
    'user-agent': 'pj',
    'x-pj-event': message.event,
    'x-pj-delivery': message.id,
    'x-pj-timestamp': message.sentAt,
  };
  if (to.secret !== undefined) {
    const secret = await resolveSource(to.secret, { dir: project, env: { ...baseEnvironment(env), ...env }, signal });
    // Unsigned it would be taken for a forgery, or not be looked at.
    if ('reason' in secret) return { ok: false, again: true, why: `its secret cannot be had: ${secret.reason}` };
    const signature = createHmac('sha256', secret.value).update(message.body).digest('hex');
    headers['x-pj-signature-256'] = `sha256=${signature}`;
  }
  const status = await new Promise<number>((done, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(WEBHOOK_DEADLINE)]);
    const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(
      url,
      { method: 'POST', headers, signal: limit, agent: false },
      (answer: IncomingMessage) => {
        answer.resume();
        answer.on('error', () => undefined);
        done(answer.statusCode ?? 0);
        // What it says does not matter, and may have no end.
        answer.once('data', () => request.destroy());
      },
    );
    request.on('error', (error) =>
      reject(limit.aborted && !signal.aborted ? new Error(`no answer within ${WEBHOOK_DEADLINE / 1000} s`) : error),
    );
    request.end(message.body);
  });
  if (status >= 200 && status < 300) return { ok: true };
  const again = status >= 500 || status === 408 || status === 429;
  return { ok: false, again, why: `it answered ${status}` };
}

/** Only to a regular file: a FIFO that nobody reads would hold up the whole agent. */
function append(path: string, line: string): Sent {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const none: Sent = { ok: false, again: false, why: 'it is no regular file' };
  let file: number;
  try {
    file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return none;
    throw error;
  }
  try {
    if (!fstatSync(file).isFile()) return none;
    writeFileSync(file, line);
    return { ok: true };
  } finally {
    closeSync(file);
  }
}

async function tellCommand(argv: string[], input: string, { project, env, signal }: SendContext): Promise<Sent> {
  const ran = await run(argv, { timeoutMs: COMMAND_DEADLINE, cwd: project, env: baseEnvironment(env), input, signal });
  if (ran.code === 0) return { ok: true };
  const how = ran.timedOut
    ? `it took longer than ${COMMAND_DEADLINE / 1000} s`
    : `it ended with ${ran.code ?? ran.signal}`;
  const said = lastLine(ran.stderr);
  return { ok: false, again: false, why: said === undefined ? how : `${how}: ${said.slice(0, 200)}` };
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `${code}`;
}
