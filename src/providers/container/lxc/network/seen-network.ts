import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errno, readKernelFile } from '../../../../os/kernel-file.ts';
import type { Lxc } from '../engine.ts';
import { type Marks, readMarks } from '../marks-file.ts';

/** What a network is made of. */
export interface NetworkFacts {
  bridge: string;
  /** Always there: pj finds one where the spec has none. */
  subnet: string;
  gateway: string;
  ipRange?: string;
  internal: boolean;
  mtu?: number;
}

/** A network as it lies in pj's folder. */
export interface SeenNetwork {
  name: string;
  dir: string;
  marks: Marks<NetworkFacts>;
  /** Its bridge is there and finished; a boot of the host takes it away. */
  up: boolean;
}

export const networkFile = (dir: string): string => join(dir, 'network.json');

export function seeNetwork(lxc: Lxc, name: string): SeenNetwork | undefined {
  const dir = join(lxc.place.networks, name);
  const marks = readMarks<NetworkFacts>(networkFile(dir));
  return marks === undefined ? undefined : { name, dir, marks, up: bridgeAlias(marks.facts.bridge) === dir };
}

export function seeNetworks(lxc: Lxc): SeenNetwork[] {
  try {
    return readdirSync(lxc.place.networks).flatMap((name) => seeNetwork(lxc, name) ?? []);
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

export const bridgeIsThere = (bridge: string): boolean => existsSync(`/sys/class/net/${bridge}`);

/** Whose a bridge is: pj writes the network's folder into its alias when all else is done. */
export const bridgeAlias = (bridge: string): string => readKernelFile(`/sys/class/net/${bridge}/ifalias`)?.trim() ?? '';
