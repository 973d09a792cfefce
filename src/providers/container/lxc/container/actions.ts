import { readFileSync, renameSync } from 'node:fs';
import { PjError } from '../../../../errors.ts';
import { containerName } from '../../../../model/container-spec.ts';
import type { JsonObject } from '../../../../model/json.ts';
import { stopPolicy } from '../../../../model/spec.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import type { CallContext, Found, Made, Target } from '../../../contract.ts';
import { identityOf, MARK, marksOf } from '../../../marks.ts';
import type { Things } from '../../runtime.ts';
import type { LxcContext } from '../context.ts';
import type { Doing, Lxc } from '../engine.ts';
import { writeMarks } from '../marks-file.ts';
import { refreshHosts } from '../network/hosts.ts';
import { filesOf, unfinishedOf } from '../place.ts';
import { removeTree } from '../remove.ts';
import { raiseNets, releaseNets } from './attach-nets.ts';
import { removeStale } from './groups.ts';
import { end, halt } from './halt.ts';
import { launch } from './launch.ts';
import { applyLimits, limitForeign } from './limits.ts';
import { baseOf, makeContainer, nameTaken, writeConfig } from './make.ts';
import { isAwaited } from './running.ts';
import {
  attributesOf,
  type ContainerFacts,
  handleOf,
  isOwn,
  isUnmarked,
  isUp,
  type SeenContainer,
  seeContainer,
  seeContainers,
} from './seen-container.ts';
import { exitStatus } from './status.ts';

type Actions = Pick<Things, 'find' | 'list' | 'create' | 'start' | 'stop' | 'update' | 'destroy' | 'pause' | 'resume'>;

/** What changes a container. */
export function containerActions({ open, options }: LxcContext): Actions {
  const doingTo = (action: string, { identity }: Target): Doing => ({ action, id: identity.id });
  /** The container of a target, where it is there. */
  const own = (lxc: Lxc, target: Target): SeenContainer | undefined => {
    const seen = seeContainer(lxc, nameOf(target));
    return seen !== undefined && isOwn(seen, target.identity, target.handle) ? seen : undefined;
  };
  const must = (lxc: Lxc, target: Target, doing: Doing): SeenContainer => {
    const seen = own(lxc, target);
    if (seen?.whole === true) return seen;
    const other = seeContainer(lxc, nameOf(target));
    if (other !== undefined && seen === undefined) throw nameTaken(other.name, target.identity.id, other);
    const reason = `there is no container ${nameOf(target)} of it`;
    throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason });
  };
  const madeOf = (lxc: Lxc, target: Target, doing: Doing): Made => {
    const seen = must(lxc, target, doing);
    return { handle: handleOf(seen, target.handle), attributes: attributesOf(seen) };
  };

  return {
    async find(identity, context, handle) {
      const lxc = await open(context);
      const name = typeof handle?.['name'] === 'string' ? handle['name'] : nameFor(identity);
      const named = seeContainer(lxc, name);
      const mine = (one: SeenContainer): boolean => isOwn(one, identity, handle ?? null);
      const seen = named !== undefined && mine(named) ? named : seeContainers(lxc).find(mine);
      return seen === undefined ? undefined : foundOf(seen, handle);
    },
    async list({ lineage }, context) {
      return seeContainers(await open(context)).flatMap((seen) => {
        const identity = identityOf(seen.marks?.labels);
        return identity?.lineage === lineage ? [{ identity, found: foundOf(seen) }] : [];
      });
    },

    async create(target, context) {
      const lxc = await open(context);
      const doing = doingTo('create', target);
      const { identity, specDigest } = target;
      const there = seeContainer(lxc, nameFor(identity));
      if (there !== undefined && !isUnmarked(there) && !isOwn(there, identity, target.handle))
        throw nameTaken(there.name, identity.id, there);
      if (there?.whole === true) {
        const digest = there.marks?.labels[MARK.digest];
        if (digest !== undefined && digest !== specDigest) throw new PjError('PJ5405', { id: identity.id });
        return madeOf(lxc, target, doing);
      }
      await removeTree(lxc, unfinishedOf(lxc.place.containers, nameFor(identity)), doing, context);
      await makeContainer(lxc, target, options.dir, doing, context);
      refreshHosts(lxc, { name: nameFor(identity), spec: target.spec });
      return madeOf(lxc, target, doing);
    },

    async start(target, context) {
      context.signal.throwIfAborted();
      const lxc = await open(context);
      const doing = doingTo('start', target);
      const seen = must(lxc, target, doing);
      if (seen.state === 'running' || seen.state === 'paused') return madeOf(lxc, target, doing);
      if (seen.marks === undefined) {
        await lxc.tool(['lxc-start', '-P', lxc.place.containers, '-n', seen.name, '-d'], doing, context);
        return madeOf(lxc, target, doing);
      }
      if (seen.left === true || isAwaited(seen.dir)) await end(lxc, seen, null, doing, context);
      await raiseNets(lxc, seen.marks.facts.nets, doing, context);
      refreshHosts(lxc, { name: seen.name, spec: target.spec });
      await launch(lxc, seen, target.spec, doing, context);
      return madeOf(lxc, target, doing);
    },

    async stop(target, context) {
      const lxc = await open(context);
      const seen = own(lxc, target);
      if (seen?.whole !== true) return;
      await halt(lxc, seen, target.atOnce ? null : stopPolicy(target.spec), doingTo('stop', target), context);
    },

    async update(target, _paths, context) {
      const lxc = await open(context);
      const doing = doingTo('update', target);
      const seen = must(lxc, target, doing);
      const { marks } = seen;
      if (marks === undefined) await limitForeign(lxc, seen, target.spec, doing, context);
      else {
        const labels = { ...marks.labels, ...marksOf(target.identity, target.specDigest) };
        const base = baseOf(readFileSync(filesOf(seen.dir).base, 'utf8'));
        const { nets } = marks.facts;
        const of = { name: seen.name, target, dir: options.dir, nets, base, marks: { ...marks, labels } };
        writeConfig(lxc, seen.dir, of);
      }
      if (seen.marks !== undefined && isUp(seen)) {
        const refused = applyLimits(lxc.host, seen.name, target.spec);
        if (refused.length > 0)
          throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason: refused.join('; ') });
      }
      return madeOf(lxc, target, doing);
    },

    async destroy(target, { destroyVolumes }, context) {
      const lxc = await open(context);
      const doing = doingTo('destroy', target);
      const seen = own(lxc, target);
      if (seen === undefined) return;
      const unfinished = unfinishedOf(lxc.place.containers, seen.name);
      if (seen.whole) {
        if (target.handle?.['imported'] === true && seen.marks === undefined && !destroyVolumes) return;
        await halt(lxc, seen, null, doing, context);
        removeStale(lxc.host, seen.name);
        releaseNets(lxc, seen.name, seen.marks?.facts.nets ?? []);
        await removeTree(lxc, unfinished, doing, context);
        // One that was taken over has none yet.
        if (seen.marks === undefined)
          writeMarks<ContainerFacts>(filesOf(seen.dir).marks, {
            labels: marksOf(target.identity, ''),
            facts: { image: '', nets: [] },
          });
        renameSync(seen.dir, unfinished);
        crashPoint('lxc-unmade');
      }
      await removeTree(lxc, unfinished, doing, context);
      refreshHosts(lxc);
    },

    pause: (target, context) => turn('lxc-freeze', 'pause', target, context),
    resume: (target, context) => turn('lxc-unfreeze', 'resume', target, context),
  };

  async function turn(tool: string, action: string, target: Target, context: CallContext): Promise<void> {
    const lxc = await open(context);
    const doing = doingTo(action, target);
    const seen = must(lxc, target, doing);
    if (seen.state === (action === 'pause' ? 'paused' : 'running')) return;
    await lxc.tool([tool, '-P', lxc.place.containers, '-n', seen.name], doing, context);
  }
}

const nameFor = ({ project, id, generation }: Target['identity']): string => containerName(project, id, generation);

function nameOf({ identity, handle }: Target): string {
  const name = handle?.['name'];
  return typeof name === 'string' ? name : nameFor(identity);
}

function foundOf(seen: SeenContainer, handle?: JsonObject | null): Found {
  const digest = seen.marks?.labels[MARK.digest];
  return {
    name: seen.name,
    handle: handleOf(seen, handle),
    attributes: seen.whole ? attributesOf(seen) : {},
    status: exitStatus(seen).status,
    whole: seen.whole,
    ...(digest === undefined ? {} : { specDigest: digest }),
  };
}
