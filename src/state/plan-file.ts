import { createHash } from 'node:crypto';
import { lstat, readFile, realpath } from 'node:fs/promises';
import { PjError } from '../errors.ts';
import { canonical, isObject, type Json, type JsonObject } from '../model/json.ts';
import type { Plan } from '../model/plan.ts';
import { errorCode, ioError, replaceFile } from './atomic-file.ts';

/** First thing in every saved plan. */
const TYPE = 'pj-plan';
const KNOWN = 1;

/** sha256 of the plan's canonical JSON, as `sha256:<hex>`: equal plans have equal digests. */
export function planDigest(plan: Plan): string {
  return `sha256:${createHash('sha256')
    .update(canonical(plan as unknown as Json))
    .digest('hex')}`;
}

/**
 * Saves a plan as canonical JSON with its digest (0600, whole or not at all). Gives the digest. Throws PJ3020 (disk full) or
 * PJ3021 (the folder is not there, not permitted, or the path is something other than a file).
 */
export async function savePlan(path: string, plan: Plan): Promise<string> {
  const digest = planDigest(plan);
  const target = await writableTarget(path);
  const body: JsonObject = { digest, formatVersion: KNOWN, plan: plan as unknown as Json, type: TYPE };
  await replaceFile(target, `${canonical(body)}\n`);
  return digest;
}

/**
 * Reads a saved plan. Throws PJ3021 (cannot be read), PJ3030 (not a saved plan), PJ3031 (newer format), PJ3032 (changed since
 * it was saved), PJ3033 (cut short or not JSON).
 */
export async function loadPlan(path: string): Promise<{ plan: Plan; digest: string }> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw ioError(error, 'read the plan', path);
  });
  const { type, formatVersion, digest, plan } = parse(text, path);
  if (type !== TYPE) throw new PjError('PJ3030', { path, reason: `it does not say "type": "${TYPE}"` });
  const version = isObject(plan)
    ? Math.max(Number(formatVersion), Number(plan['formatVersion']))
    : Number(formatVersion);
  if (version > KNOWN) throw new PjError('PJ3031', { path, version, known: KNOWN });
  if (version !== KNOWN || !isObject(plan)) throw new PjError('PJ3030', { path, reason: 'it holds no plan' });
  const computed = `sha256:${createHash('sha256').update(canonical(plan)).digest('hex')}`;
  if (digest !== computed) throw new PjError('PJ3032', { path });
  const missing = missingPart(plan);
  if (missing !== undefined) throw new PjError('PJ3030', { path, reason: `it has no ${missing}` });
  return { plan: plan as unknown as Plan, digest: computed };
}

function parse(text: string, path: string): JsonObject {
  const start = text.trimStart();
  if (start === '') throw new PjError('PJ3033', { path, reason: 'it is empty' });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // A plan starts with its digest: anything else never was one.
    if (!start.startsWith('{"digest"'))
      throw new PjError('PJ3030', { path, reason: 'it is not JSON' }, { cause: error });
    throw new PjError('PJ3033', { path, reason: 'its end is missing' }, { cause: error });
  }
  if (!isObject(value)) throw new PjError('PJ3030', { path, reason: 'it is not a JSON object' });
  return value;
}

/** The first part that a plan of this version must have and this one has not: a digest does not make a plan. */
function missingPart(plan: JsonObject): string | undefined {
  for (const key of ['steps', 'changes', 'waves', 'drift', 'moved', 'warnings'])
    if (!Array.isArray(plan[key])) return key;
  for (const key of ['workloads', 'options', 'observedDigests', 'sensitiveSources', 'summary'])
    if (!isObject(plan[key])) return key;
  for (const key of ['pjVersion', 'mode', 'project']) if (typeof plan[key] !== 'string') return key;
  if (plan['lineage'] !== null && typeof plan['lineage'] !== 'string') return 'lineage';
  return typeof plan['serial'] === 'number' ? undefined : 'serial';
}

/** Where the path leads, symbolic links followed; a device or a folder must not be replaced by a file. */
async function writableTarget(path: string): Promise<string> {
  try {
    const target = await realpath(path);
    if (!(await lstat(target)).isFile())
      throw new PjError('PJ3021', { what: 'write the plan to', path, reason: 'it is not a regular file' });
    return target;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return path;
    throw ioError(error, 'write the plan to', path);
  }
}
