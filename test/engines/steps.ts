import { docker } from './docker.ts';
import { guest } from './guest.ts';
import { images } from './images.ts';
import { java } from './java.ts';
import { libvirt } from './libvirt.ts';
import { lxc } from './lxc.ts';
import { podman } from './podman.ts';
import { prometheus } from './prometheus.ts';
import { privateRegistry, registry } from './registry.ts';
import { ssh } from './ssh.ts';
import type { Step } from './step.ts';

/**
 * In the order in which they come up; those of one stage at once. LXC is first: its script changes the same packet filters as the
 * daemons of Docker and libvirt, and loses.
 */
export const STAGES: readonly (readonly Step[])[] = [
  [lxc],
  [docker, podman, registry, privateRegistry, ssh, libvirt, guest, java, prometheus],
  [images],
];

/** The steps of these names and what they need; all of them without names. Throws for a name that there is none of. */
export function choose(names: readonly string[]): Set<Step> {
  const all = STAGES.flat();
  const chosen = new Set<Step>();
  const add = (name: string) => {
    const step = all.find((candidate) => candidate.name === name);
    if (step === undefined)
      throw new Error(`there is no engine ${name}; there are ${all.map((one) => one.name).join(', ')}`);
    if (chosen.has(step)) return;
    chosen.add(step);
    step.needs.forEach(add);
  };
  (names.length > 0 ? names : all.map((step) => step.name)).forEach(add);
  return chosen;
}
