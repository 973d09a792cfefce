import { PjError } from '../../../../errors.ts';
import type { Doing } from '../../disks/contract.ts';

/** What virsh complained of, in one line. */
export function complaint(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.replace(/^error: (internal error: )?/, '').trim())
    .filter((line) => line !== '' && !/^Failed to \w+ (domain|network|volume)/.test(line));
  const [first = stderr.replace(/^error: /, '').trim()] = lines;
  return [first, ...lines.slice(1, 3)].join('; ') || 'it gave no reason';
}

const NOT_THERE =
  /failed to get (domain|network|pool|vol|nwfilter|secret)|(domain|network|storage (pool|vol)|network filter|secret) not found|no (domain|network|storage pool|storage vol|nwfilter|secret) with matching/i;
const AWAY =
  /failed to connect to the hypervisor|client socket is closed|end of file while reading data|cannot (recv|write) data|connection reset|broken pipe|disconnected from/i;
const TAKEN = /(?:domain|operation failed: domain) '([^']+)' (?:already exists|is already defined) with uuid/i;

/** Nothing of that name is there. */
export const isNotThere = (stderr: string): boolean => NOT_THERE.test(stderr);

/** libvirt does not answer, or no more. */
export const isAway = (stderr: string): boolean => AWAY.test(stderr);

/** The error of what virsh complained of. */
export function refusal({ action, id }: Doing, reason: string, uri?: string): PjError {
  if (isAway(reason)) {
    const where = uri === undefined ? '' : ` (${uri})`;
    return new PjError('PJ5506', { runtime: 'libvirt', action, id, reason: `${reason}${where}` });
  }
  const taken = TAKEN.exec(reason)?.[1];
  if (taken !== undefined) return new PjError('PJ5503', { id, name: taken, owner: 'another domain' });
  return new PjError('PJ5505', { runtime: 'libvirt', action, id, reason });
}
