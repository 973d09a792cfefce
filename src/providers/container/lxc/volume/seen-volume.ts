import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errno } from '../../../../os/kernel-file.ts';
import type { Lxc } from '../engine.ts';
import { type Marks, readMarks } from '../marks-file.ts';

/** A volume as it lies in pj's folder. */
export interface SeenVolume {
  name: string;
  dir: string;
  marks: Marks<Record<string, never>>;
}

/** It is the last to go, as in any folder of pj's. */
export const fileOf = (dir: string): string => join(dir, 'marks.json');

export function seeVolume(lxc: Lxc, name: string): SeenVolume | undefined {
  const dir = join(lxc.place.volumes, name);
  const marks = name === '' ? undefined : readMarks<Record<string, never>>(fileOf(dir));
  return marks === undefined ? undefined : { name, dir, marks };
}

export function seeVolumes(lxc: Lxc): SeenVolume[] {
  try {
    return readdirSync(lxc.place.volumes).flatMap((name) => seeVolume(lxc, name) ?? []);
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}
