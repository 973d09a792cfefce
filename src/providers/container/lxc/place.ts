import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readKernelFile } from '../../../os/kernel-file.ts';

/** Where things are on this host. */
export interface Place {
  /** LXC's own folder, with one folder a container. */
  containers: string;
  volumes: string;
  networks: string;
}

/** Volumes and networks lie beside LXC's folder, in which every folder with a `config` counts as a container. */
export const placeAt = (lxcPath: string): Place => ({
  containers: lxcPath,
  volumes: join(dirname(lxcPath), 'pj-volumes'),
  networks: join(dirname(lxcPath), 'pj-networks'),
});

const UNFINISHED = '.pj-';

/** What is being made or removed lies here, so that what a kill leaves half-way is known for it; LXC does not see it. */
export const unfinishedOf = (folder: string, name: string): string => join(folder, `${UNFINISHED}${name}`);

/** The name of what a folder name is the unfinished one of; undefined where it is finished. */
export const finishedName = (name: string): string | undefined =>
  name.startsWith(UNFINISHED) ? name.slice(UNFINISHED.length) : undefined;

/** Files that pj keeps beside a container's `config` and `rootfs`. */
export const filesOf = (dir: string) => ({
  config: join(dir, 'config'),
  rootfs: join(dir, 'rootfs'),
  own: join(dir, 'pj'),
  /** Whose it is: the first to be made, and the last to go. */
  marks: join(dir, 'marks.json'),
  /** Config lines that the image brings. */
  base: join(dir, 'pj', 'base.conf'),
  /** Who runs now. */
  run: join(dir, 'pj', 'run.json'),
  /** The exit code, written by what waits for the container. */
  exit: join(dir, 'pj', 'exit'),
  /** The pid of what waits for the container. */
  waiter: join(dir, 'pj', 'exit.pid'),
  /** It is there from when pj stopped the container until it is started again. */
  stopped: join(dir, 'pj', 'stopped'),
  stdout: join(dir, 'pj', 'stdout.log'),
  stderr: join(dir, 'pj', 'stderr.log'),
  /** What LXC itself complained of. */
  log: join(dir, 'pj', 'lxc.log'),
  hosts: join(dir, 'pj', 'hosts'),
  resolv: join(dir, 'pj', 'resolv.conf'),
  volumes: join(dir, 'pj', 'volumes'),
});

/** LXC's folder as PJ_LXC_PATH or LXC's own file says; undefined where none does. */
export function toldPath(env: Readonly<Record<string, string | undefined>>): string | undefined {
  return (
    env['PJ_LXC_PATH'] ?? /^\s*lxc\.lxcpath\s*=\s*(\/.*?)\s*$/m.exec(readKernelFile('/etc/lxc/lxc.conf') ?? '')?.[1]
  );
}

/** Whether pj can have made anything on LXC here. Every run with containers asks, so no program is run for it. */
export function hasTraces(env: Readonly<Record<string, string | undefined>>): boolean {
  const place = placeAt(resolve(toldPath(env) ?? '/var/lib/lxc'));
  if (existsSync(place.volumes) || existsSync(place.networks)) return true;
  try {
    return readdirSync(place.containers).some((name) => existsSync(filesOf(join(place.containers, name)).marks));
  } catch {
    // Not there, or not for this user, who then has made nothing there.
    return false;
  }
}
