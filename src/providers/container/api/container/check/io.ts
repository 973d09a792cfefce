import { existsSync, statSync } from 'node:fs';
import type { BlockIo } from '../../../../../model/container-spec.ts';
import { pointer } from '../../../../../model/json.ts';
import type { Spec } from '../../../../../model/spec.ts';
import type { Finding } from '../../../../contract.ts';
import type { ApiEngine } from '../../connection/engine.ts';
import { type EngineCgroups, engineCgroups, groupsHave } from '../engine-cgroups.ts';
import type { Facts } from './check.ts';
import { error } from './finding.ts';

const V1 = '/sys/fs/cgroup/blkio';

/** The files by which the kernel limits a device, of cgroup v1. */
const RATES: Record<keyof Omit<BlockIo, 'weight'>, string> = {
  readBps: 'blkio.throttle.read_bps_device',
  writeBps: 'blkio.throttle.write_bps_device',
  readIops: 'blkio.throttle.read_iops_device',
  writeIops: 'blkio.throttle.write_iops_device',
};

/** Limits of block io for which the kernel has no file, and devices that are not there. Engines leave the first out without a word. */
export function checkIo({ container }: Spec, { engine }: Facts): Finding[] {
  const blkio = container?.blkio;
  const kernel = blkio === undefined ? undefined : engineCgroups(engine);
  if (blkio === undefined || kernel === undefined) return [];
  const findings: Finding[] = [];
  if (blkio.weight !== undefined && !weighs(kernel))
    findings.push(notHeld('/container/blkio/weight', engine, 'weighs no block io of groups against each other'));
  for (const [key, file] of Object.entries(RATES) as [keyof typeof RATES, string][]) {
    const rates = blkio[key];
    if (rates === undefined) continue;
    const path = pointer('container', 'blkio', key);
    const held = kernel.version === 'v2' ? kernel.controllers.has('io') : existsSync(`${V1}/${file}`);
    if (!held || !kernel.controllers.has(kernel.version === 'v2' ? 'io' : 'blkio'))
      findings.push(notHeld(path, engine, 'cannot limit devices'));
    for (const device of Object.keys(rates)) {
      const fault = faultOf(device);
      if (fault !== undefined)
        findings.push(
          error(pointer('container', 'blkio', key, device), fault, 'Name a disk such as /dev/sda; lsblk lists them.'),
        );
    }
  }
  return findings;
}

function notHeld(path: string, { label }: ApiEngine, why: string): Finding {
  return error(path, `${label} cannot hold it: the kernel of its host ${why}`, 'Take it away.');
}

/** Both engines write the plain file of v1 and leave the weight out where only that of the bfq scheduler is there. */
function weighs({ version, controllers }: EngineCgroups): boolean {
  if (version === 'v1') return existsSync(`${V1}/blkio.weight`);
  return controllers.has('io') && (groupsHave('', 'io.weight') || groupsHave('', 'io.bfq.weight'));
}

function faultOf(device: string): string | undefined {
  const seen = statSync(device, { throwIfNoEntry: false });
  if (seen === undefined) return `the device ${device} is not there`;
  return seen.isBlockDevice() ? undefined : `${device} is no block device`;
}
