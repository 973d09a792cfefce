import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PjError } from '../../../errors.ts';
import type { Json, Pointer } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import { writeFileAtomic } from '../../../os/atomic-file.ts';
import { errno } from '../../../os/kernel-file.ts';
import type { CallContext } from '../../contract.ts';
import type { Doing } from '../disks/contract.ts';
import { filesOf } from '../folder.ts';
import { type Machine, pathIn } from '../machine.ts';
import { writeIso } from './iso.ts';
import { SeedFault, seedTexts } from './texts.ts';

/** What is kept of the seed that is there. */
interface SeedRecord {
  /** Of all that is in it. */
  digest: string;
  /** Of the file with the user-data. */
  userDataFile?: string;
}

const recordOf = (folder: string): string => join(folder, 'seed.json');

/**
 * Makes the image that cloud-init reads, where it is not there yet or is to say something else, and gives its path; undefined where the spec has
 * no `cloudInit`. A guest that runs keeps what it has seen; the next boot sees the new one. Throws PJ5517.
 */
export async function makeSeed(
  { machine, spec, folder, dir }: { machine: Machine; spec: Spec; folder: string; dir: string },
  { id }: Doing,
  context: CallContext,
): Promise<string | undefined> {
  const { seed } = filesOf(folder);
  const init = spec.vm?.cloudInit;
  if (init === undefined) {
    for (const file of [recordOf(folder), seed]) rmSync(file, { force: true });
    return undefined;
  }
  try {
    const texts = await seedTexts(machine, init, dir);
    const digest = createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 32);
    const file = userDataDigest(spec, dir);
    const record: SeedRecord = { digest, ...(file === undefined ? {} : { userDataFile: file }) };
    const known = readRecord(folder);
    if (known?.digest !== digest || !existsSync(seed)) await writeIso(texts, { folder, image: seed, id }, context);
    if (known?.digest !== digest || known.userDataFile !== file)
      writeFileAtomic(recordOf(folder), `${JSON.stringify(record)}\n`, { sole: true });
    return seed;
  } catch (thrown) {
    if (thrown instanceof SeedFault)
      throw new PjError('PJ5517', { id, reason: `${thrown.key}: ${thrown.message}` }, { cause: thrown });
    if (thrown instanceof PjError || errno(thrown) === undefined) throw thrown;
    throw new PjError('PJ5517', { id, reason: String(thrown) }, { cause: thrown });
  }
}

/** The file with the user-data, where it says something else by now than when the seed was made. For what a read observes. */
export function seedFields(spec: Spec, folder: string, dir: string): Record<Pointer, Json> {
  const made = spec.vm?.cloudInit?.userDataFile === undefined ? undefined : readRecord(folder)?.userDataFile;
  const now = made === undefined ? undefined : userDataDigest(spec, dir);
  if (now === undefined || now === made) return {};
  return { '/vm/cloudInit/userDataFile': `${spec.vm?.cloudInit?.userDataFile ?? ''} as it was` };
}

function userDataDigest({ vm }: Spec, dir: string): string | undefined {
  const path = vm?.cloudInit?.userDataFile;
  if (typeof path !== 'string') return undefined;
  try {
    return createHash('sha256')
      .update(readFileSync(pathIn(dir, path)))
      .digest('hex')
      .slice(0, 32);
  } catch {
    // Whoever needs it says that it is not there.
    return undefined;
  }
}

function readRecord(folder: string): SeedRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordOf(folder), 'utf8')) as SeedRecord;
  } catch {
    return undefined;
  }
}
