import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../../model/json.ts';
import type { Identity } from '../../../../model/record.ts';
import { isAlive } from '../../../../os/identity.ts';
import { errno, readKernelFile } from '../../../../os/kernel-file.ts';
import { identityOf, isSame } from '../../../marks.ts';
import type { Lxc } from '../engine.ts';
import { type Marks, readMarks } from '../marks-file.ts';
import { leases } from '../network/default-bridge.ts';
import type { Given } from '../network/nets.ts';
import { filesOf, finishedName, unfinishedOf } from '../place.ts';
import { lastOf, parseConfig } from './config-text.ts';
import { groupOf } from './groups.ts';
import { initAmong, isAwaited, programAmong, type RunFile, runningIn, whoRuns } from './running.ts';

/** What pj has chosen for a container. */
export interface ContainerFacts {
  image: string;
  nets: Given[];
  /** It runs once to its end. */
  job?: boolean;
  /** The init of its image is run. */
  system?: boolean;
}

/** A container as it lies in LXC's folder. */
export interface SeenContainer {
  name: string;
  dir: string;
  /** False: it was being made or removed when somebody was killed. */
  whole: boolean;
  marks: Marks<ContainerFacts> | undefined;
  state: 'created' | 'running' | 'paused' | 'stopped' | 'ended';
  /** Who runs, where pj has started it. */
  run?: RunFile;
  /** Its exit code, where that is known, and when it ended. */
  exit?: { code: number; at: Date };
  /** Its program has ended, and others that it started, LXC's monitor, or what waits for its exit code have not. */
  left?: boolean;
}

/** Every container, running or not, without any process: LXC's folder, and the kernel's list of sockets. */
export function seeContainers(lxc: Lxc): SeenContainer[] {
  const isRunning = runningIn(lxc.place.containers);
  return entries(lxc.place.containers).flatMap((entry) => see(lxc, entry, isRunning) ?? []);
}

/** One container by its name, also an unfinished one. */
export function seeContainer(lxc: Lxc, name: string): SeenContainer | undefined {
  const isRunning = runningIn(lxc.place.containers);
  return see(lxc, name, isRunning) ?? seeUnfinished(unfinishedOf(lxc.place.containers, name), name);
}

function see(lxc: Lxc, entry: string, isRunning: (name: string) => boolean): SeenContainer | undefined {
  const unfinished = finishedName(entry);
  const dir = join(lxc.place.containers, entry);
  if (unfinished !== undefined) return seeUnfinished(dir, unfinished);
  const files = filesOf(dir);
  if (!existsSync(files.config)) return undefined;
  const marks = readMarks<ContainerFacts>(files.marks);
  return {
    name: entry,
    dir,
    whole: true,
    marks,
    ...stateOf(lxc, entry, dir, { running: isRunning(entry), facts: marks?.facts }),
  };
}

function seeUnfinished(dir: string, name: string): SeenContainer | undefined {
  if (!existsSync(dir)) return undefined;
  return { name, dir, whole: false, marks: readMarks<ContainerFacts>(filesOf(dir).marks), state: 'created' };
}

function stateOf(
  lxc: Lxc,
  name: string,
  dir: string,
  { running, facts }: { running: boolean; facts: ContainerFacts | undefined },
): Pick<SeenContainer, 'state' | 'run' | 'exit' | 'left'> {
  const files = filesOf(dir);
  if (running) {
    // It is not written down where pj was killed right after the start.
    let run = whoRuns(dir);
    if (run === undefined) {
      const pids = groupOf(lxc.host, name).pids();
      run = facts && programAmong(pids, facts.system === true);
      // Its pid 1 is dead, and LXC's monitor, which still listens, has not tidied up yet. What a job came to is known only after that.
      if (run === undefined && existsSync(files.run) && initAmong(pids) === undefined) return windingUp(facts);
    }
    // LXC's init waits for what the program has left behind, too. A job ends when all of that has.
    if (run !== undefined && facts?.job !== true && !(run.program && isAlive(run.program)))
      return { state: 'ended', left: true };
    const state = isFrozen(lxc, name) ? 'paused' : 'running';
    return { state, ...(run === undefined ? {} : { run }) };
  }
  // A job is not written down yet where pj was killed while it came up.
  if ((facts?.job === true || existsSync(files.run)) && isAwaited(dir)) return windingUp(facts);
  const code = readKernelFile(files.exit)?.trim();
  const exit = code === undefined ? {} : { exit: { code: Number(code), at: statSync(files.exit).mtime } };
  if (existsSync(files.stopped)) return { state: 'stopped', ...exit };
  return existsSync(files.exit) || existsSync(files.run) ? { state: 'ended', ...exit } : { state: 'created' };
}

/** What a job has come to is known only when its exit code is: till then it runs. */
const windingUp = (facts: ContainerFacts | undefined): Pick<SeenContainer, 'state' | 'left'> => ({
  state: facts?.job === true ? 'running' : 'ended',
  left: true,
});

/** LXC freezes through the v1 freezer where there is one. */
function isFrozen({ host }: Lxc, name: string): boolean {
  const group = groupOf(host, name);
  const old = host.v1.freezer;
  if (old === undefined) return group.frozen();
  return readKernelFile(join(old, ...group.name, 'freezer.state'))?.trim() === 'FROZEN';
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    if (errno(thrown) === 'ENOENT') return [];
    throw thrown;
  }
}

/** Its program runs, or is paused. */
export const isUp = ({ state, left }: SeenContainer): boolean =>
  (state === 'running' || state === 'paused') && left !== true;

/** Made by this very state, or taken over by it. A name is all that LXC knows a container by. */
export function isOwn(seen: SeenContainer, identity: Identity, handle: JsonObject | null): boolean {
  const owner = identityOf(seen.marks?.labels);
  const same = handle?.['name'] === seen.name;
  if (same && handle?.['imported'] === true && owner === undefined) return true;
  return isSame(owner, identity) || (same && owner?.lineage === identity.lineage);
}

/** A kill came before its marks were written, or after they were removed: nobody's, and nothing is in it. */
export const isUnmarked = ({ whole, dir }: SeenContainer): boolean =>
  !whole && entries(dir).every((entry) => /^\.marks\.json\./.test(entry));

/** LXC has no ids: the name is one. */
export const handleOf = ({ name }: Pick<SeenContainer, 'name'>, handle?: JsonObject | null): JsonObject => ({
  ...(handle?.['imported'] === true ? { imported: true } : {}),
  runtime: 'lxc',
  id: name,
  name,
});

/** As of the other runtimes, and the `pid` of what runs. */
export function attributesOf(seen: SeenContainer): JsonObject {
  const nets = seen.marks === undefined ? configuredNets(seen) : seen.marks.facts.nets;
  const addresses = nets.flatMap(({ network, bridge, address, mac }) => {
    const known = address?.split('/')[0] ?? leases(bridge).find((lease) => lease.mac === mac)?.address;
    return known === undefined ? [] : [[network.replace(/^@/, ''), known] as const];
  });
  return {
    name: seen.name,
    engineId: seen.name,
    ...(seen.marks === undefined ? {} : { image: seen.marks.facts.image }),
    ...(seen.run?.program === undefined ? {} : { pid: seen.run.program.pid }),
    ...(addresses[0] === undefined ? {} : { address: addresses[0][1], addresses: Object.fromEntries(addresses) }),
  };
}

/** The first interface of a container that pj has not made. */
function configuredNets({ dir }: SeenContainer): Given[] {
  const lines = parseConfig(readFileSync(filesOf(dir).config, 'utf8'));
  const bridge = lastOf(lines, 'lxc.net.0.link');
  const address = lastOf(lines, 'lxc.net.0.ipv4.address')?.split(' ')[0];
  if (bridge === undefined) return [];
  const mac = lastOf(lines, 'lxc.net.0.hwaddr') ?? '';
  return [{ network: bridge, bridge, mac, ...(address === undefined ? {} : { address }) }];
}
