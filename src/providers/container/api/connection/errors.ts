import { PjError } from '../../../../errors.ts';
import type { Doing } from './engine.ts';

/** What an engine answered that is no success. */
export interface Refusal {
  /** HTTP status; undefined where there was no answer at all. */
  status?: number;
  /** The engine's own text, or that of the connection. */
  text: string;
  /** Of a connection: ECONNREFUSED. */
  code?: string;
}

/** Reads what dockerode threw; undefined where it is no engine's doing. */
export function refusalOf(thrown: unknown): Refusal | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { statusCode, json, code } = thrown as Error & { statusCode?: unknown; json?: unknown; code?: unknown };
  if (typeof statusCode === 'number') return { status: statusCode, text: told(json) ?? plain(thrown.message) };
  if (typeof code === 'string') return { code, text: plain(thrown.message) };
  return /^(socket hang up|aborted|no answer within|Parse Error)/.test(thrown.message)
    ? { text: thrown.message }
    : undefined;
}

/** Docker says `message`, Podman also the `cause` below it. */
function told(json: unknown): string | undefined {
  if (Buffer.isBuffer(json)) return oneLine(json.toString());
  if (typeof json !== 'object' || json === null) return undefined;
  const { message, cause } = json as { message?: unknown; cause?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : cause;
  return typeof text === 'string' ? oneLine(text) : undefined;
}

/** dockerode writes `(HTTP code 404) no such container - <the engine's text> `. */
const plain = (message: string): string => oneLine(message.replace(/^\(HTTP code \d+\) .*? - /, ''));

const oneLine = (text: string): string => hidden(text.replace(/\s*\n\s*/g, '; ').trim());

/** Docker repeats a variable that it cannot read, value and all; an address may hold a login. */
function hidden(text: string): string {
  return text.replace(/(invalid environment variable: )(\S*?=)?.*/s, '$1$2…').replace(/(\/\/)[^/@\s]+@/g, '$1…@');
}

const DENIED =
  /access (to the resource is |for \S+ )?denied|unauthorized|authentication required|no basic auth credentials|denied: requested|incorrect username or password|may require 'docker login'/i;

/** Words of a registry that wants another login, or one at all. */
export const isDenied = (text: string): boolean => DENIED.test(text);

/** The connection itself failed, or ended before there was an answer. */
const LOST =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EACCES|HPE_.*|ERR_SSL.*|ERR_STREAM.*)$/;

/**
 * The error that fits what an engine answered: PJ5403–PJ5414, PJ5407 with its own text where none fits, PJ5408 where it went away. `by` of PJ5406 and
 * `owner` of PJ5404 hold what the engine itself tells; whoever knows more throws the error anew with its details.
 */
export function engineError(refusal: Refusal, doing: Doing, engine: string, cause?: unknown): PjError {
  const { status, text, code } = refusal;
  const { action, id } = doing;
  const more = { cause };
  if (status === undefined) {
    if (code !== undefined && !LOST.test(code))
      return new PjError('PJ5407', { engine, action, id, reason: text }, more);
    return new PjError('PJ5408', { engine, action, id, reason: lostBy(code, text) }, more);
  }
  if (/no space left on device|disk quota exceeded|not enough (disk )?space/i.test(text))
    return new PjError('PJ5410', { engine, action, id, reason: text }, more);

  const image = imageIn(text);
  if (isDenied(text) && (image !== undefined || /pull|manifest|registry/i.test(text)))
    return new PjError('PJ5414', { image: image ?? 'the image', id, reason: text }, more);
  if (
    /no such image|image not known|manifest unknown|manifest for .* not found|repository .* not found|name unknown|invalid reference format|failed to resolve reference|short-name .* did not resolve|unable to copy from source/i.test(
      text,
    )
  )
    return new PjError('PJ5403', { image: image ?? 'that it names', id, reason: text }, more);

  const port = portIn(text);
  if (port !== undefined) return new PjError('PJ5406', { port, id, by: ownerOfPort(text) }, more);

  const name =
    /name "?\/?([\w.-]+)"? is already (?:in use|used)|name ([\w.-]+) (?:already|is already) (?:exists|in use|used)|volume with name ([\w.-]+) already exists/i.exec(
      text,
    );
  if (name !== null) {
    const taken = name[1] ?? name[2] ?? name[3] ?? '';
    const what = /network/i.test(text) ? 'network' : /volume/i.test(text) ? 'volume' : 'container';
    const by = /(?:by container |in use by )"?([0-9a-f]{12})/i.exec(text)?.[1];
    const owner = by === undefined ? `another ${what}` : `${what} ${by}`;
    return new PjError('PJ5404', { what, name: taken, id, owner }, more);
  }
  if (/pool overlaps|is already used on the host or by another config|being used by a network interface/i.test(text))
    return new PjError('PJ5409', { name: 'that it asks for', id, reason: text }, more);
  return new PjError('PJ5407', { engine, action, id, reason: text }, more);
}

function lostBy(code: string | undefined, text: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens on its socket';
    case 'ENOENT':
      return 'its socket is not there any more';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'it closed the connection';
    default:
      return text === 'socket hang up' ? 'it closed the connection' : text;
  }
}

function imageIn(text: string): string | undefined {
  return (/no such image: ([^\s;,]+)/i.exec(text) ??
    /access denied for ([^\s;,]+)/i.exec(text) ??
    /manifest for ([^\s;,]+) not found/i.exec(text) ??
    /initializing source (?:docker:\/\/)?([^\s;,]+?): /i.exec(text) ??
    /(?:^|: )([^\s:;,]+(?::\d+\/[^\s:;,]+)?(?::[\w.-]+)?): image not known/i.exec(text))?.[1];
}

/** The port of a refusal to publish one. */
function portIn(text: string): string | undefined {
  if (!/port is already allocated|address already in use/i.test(text)) return undefined;
  return (/bind for \S*?:(\d+) failed/i.exec(text) ??
    /listen (?:tcp|udp)[46]? \S*?:(\d+): /i.exec(text) ??
    /:(\d+)\b/.exec(text))?.[1];
}

/** Docker tells its own containers from what else listens. */
function ownerOfPort(text: string): string {
  return /port is already allocated/i.test(text) ? ' by another container' : ' by a process of this host';
}
