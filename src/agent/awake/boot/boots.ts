import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type Json } from '../../../model/json.ts';
import { bootId } from '../../../os/identity.ts';
import type { Entry } from '../../entry.ts';
import { openKeep } from '../keep-file.ts';

/** What is kept of boots, as the part `boot`: in which boot an agent was here last, and what a reboot since then has left to do. */
export type BootKept = {
  bootId: string;
  pending?: {
    /** ISO 8601: when the reboot was noticed. */
    at: string;
    /** It was told. */
    told: boolean;
    /** What was tried and failed so far: id and why. */
    failed: { [id: string]: string };
    attempts: number;
  };
};

export function readBoot(value: Json | undefined): BootKept | undefined {
  if (!isObject(value) || typeof value['bootId'] !== 'string') return undefined;
  const { bootId: id, pending } = value;
  if (!isObject(pending) || typeof pending['at'] !== 'string') return { bootId: id };
  const { at, told, failed, attempts } = pending;
  const reasons = isObject(failed) ? Object.entries(failed).filter(([, why]) => typeof why === 'string') : [];
  return {
    bootId: id,
    pending: {
      at,
      told: told === true,
      failed: Object.fromEntries(reasons) as { [id: string]: string },
      attempts: typeof attempts === 'number' ? attempts : 0,
    },
  };
}

/**
 * Whether the machine was rebooted since an agent (or, where none ever noted it down, pj) was here last, and what that left is not brought up yet. What it
 * finds is kept before anything is done about it, so that an agent that is killed meanwhile leaves it to the next. `fresh`: nothing is up yet.
 */
export function noticeBoot(
  project: string,
  entries: readonly Pick<Entry, 'process'>[],
  now: () => Date,
): { pending: boolean; fresh: boolean } {
  const here = bootId();
  if (here === undefined) return { pending: false, fresh: false };
  const keep = openKeep(project)('boot');
  const kept = readBoot(keep.read());
  const other = entries.some(({ process }) => process !== null && process.bootId !== here);
  const rebooted = kept === undefined ? other || isOlderThanBoot(project) : kept.bootId !== here;
  try {
    if (rebooted) {
      keep.write({ bootId: here, pending: { at: now().toISOString(), told: false, failed: {}, attempts: 0 } });
      return { pending: true, fresh: true };
    }
    if (kept === undefined) keep.write({ bootId: here });
  } catch {
    // A full disk: what ran is started at once, in no order, as if it had just ended.
    return { pending: false, fresh: false };
  }
  return { pending: kept?.pending !== undefined, fresh: false };
}

/** No run of pj has written the state since the machine was booted. */
function isOlderThanBoot(project: string): boolean {
  try {
    const seconds = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1];
    const state = join(project, '.pj');
    const written = ['state.json', 'journal.ndjson'].map(
      (name) => statSync(join(state, name), { throwIfNoEntry: false })?.mtimeMs ?? 0,
    );
    return seconds !== undefined && Math.max(...written) > 0 && Math.max(...written) < Number(seconds) * 1000;
  } catch {
    return false;
  }
}
