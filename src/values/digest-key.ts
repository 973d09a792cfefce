import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { PjError } from '../errors.ts';

const HEX = /^[0-9a-f]{64}$/i;

/** Where the key of a project's digests lies. */
export function digestKeyPath(dir: string): string {
  return join(dir, '.pj', 'key');
}

/**
 * The key of a project's digests, 32 bytes: PJ_DIGEST_KEY (64 hex digits) over `.pj/key`. Undefined where there is none yet.
 * Throws PJ1061 for one that can't be read or is no key.
 */
export async function readDigestKey(
  dir: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Buffer | undefined> {
  const given = env['PJ_DIGEST_KEY'];
  if (given !== undefined && given !== '') return parse(given, 'PJ_DIGEST_KEY');
  try {
    return parse(readFileSync(digestKeyPath(dir), 'utf8'), '.pj/key');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    if (thrown instanceof PjError) throw thrown;
    throw failed('.pj/key cannot be read', thrown);
  }
}

/**
 * The key of a project's digests, made (32 random bytes, hex, 0600) where there is none. Of two that make it at once one wins and both
 * get the same. Throws PJ1061.
 */
export async function createDigestKey(
  dir: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  random: (size: number) => Buffer = randomBytes,
): Promise<Buffer> {
  const there = await readDigestKey(dir, env);
  if (there !== undefined) return there;
  const key = random(32);
  const path = digestKeyPath(dir);
  const draft = `${path}.${random(6).toString('hex')}`;
  try {
    await mkdir(join(dir, '.pj'), { recursive: true, mode: 0o700 });
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(`${key.toString('hex')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    // a link, unlike a rename, fails where there is one already: the key appears whole, and once
    await link(draft, path);
    const folder = await open(join(dir, '.pj'), 'r');
    await folder.sync().finally(() => folder.close());
    return key;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'EEXIST') {
      const winner = await readDigestKey(dir, env);
      if (winner !== undefined) return winner;
    }
    throw failed('.pj/key cannot be written', thrown);
  } finally {
    await unlink(draft).catch(() => undefined);
  }
}

function parse(text: string, where: string): Buffer {
  const hex = text.trim();
  // the text itself is never told: it may be half a key
  if (!HEX.test(hex)) throw new PjError('PJ1061', { reason: `${where} does not hold 64 hexadecimal digits` });
  return Buffer.from(hex, 'hex');
}

function failed(what: string, thrown: unknown): PjError {
  const reason = thrown instanceof Error ? ((thrown as NodeJS.ErrnoException).code ?? thrown.message) : String(thrown);
  return new PjError('PJ1061', { reason: `${what} (${reason})` }, { cause: thrown });
}
