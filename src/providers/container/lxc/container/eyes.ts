import { readFileSync } from 'node:fs';
import { PjError } from '../../../../errors.ts';
import { type Json, type Pointer, pointer } from '../../../../model/json.ts';
import type { Observed } from '../../../../model/observed.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { CallContext } from '../../../contract.ts';
import { linesOfFiles } from '../../../log-lines.ts';
import { identityOf, isSame } from '../../../marks.ts';
import { ownerOf } from '../../api/owner.ts';
import type { Things } from '../../runtime.ts';
import type { LxcContext } from '../context.ts';
import type { Lxc } from '../engine.ts';
import { filesOf } from '../place.ts';
import { execIn, healthOf } from './attach.ts';
import { checkContainers } from './check.ts';
import { lastOf, parseConfig } from './config-text.ts';
import { limitFields } from './limits.ts';
import { attributesOf, handleOf, isUp, type SeenContainer, seeContainer, seeContainers } from './seen-container.ts';
import { exitStatus } from './status.ts';
import { throttleLxc } from './throttle.ts';
import { placesOf, usageMeter } from './usage.ts';

type Eyes = Pick<Things, 'check' | 'read' | 'logs' | 'health' | 'exec' | 'sample' | 'places' | 'throttle' | 'adopt'>;

/** What looks at a container and leaves it as it is. */
export function containerEyes({ open, options }: LxcContext): Eyes {
  const usage = usageMeter();
  const must = async (record: WorkloadRecord, action: string, context: CallContext) => {
    const lxc = await open(context);
    const seen = seeContainer(lxc, String(record.handle?.['name']));
    const doing = { action, id: record.id };
    if (seen?.whole === true && isOurs(record, seen)) return { lxc, seen, doing };
    throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason: 'it is not there any more' });
  };
  return {
    check: async (workloads, context, state) => checkContainers(await open(context), options, workloads, state),
    async read(records, context) {
      if (records.length === 0) return [];
      const lxc = await open(context);
      const there = new Map(seeContainers(lxc).map((seen) => [seen.name, seen]));
      return records.map((record) => observedOf(record, there.get(String(record.handle?.['name'])), lxc));
    },
    async *logs(record, options, context) {
      const { seen } = await must(record, 'read the output of', context);
      const { stdout, stderr } = filesOf(seen.dir);
      yield* linesOfFiles(record.id, { stdout, stderr }, options, context);
    },
    async health(record, spec, context) {
      const { lxc, seen } = await must(record, 'check', context);
      return healthOf(lxc, seen, spec, context);
    },
    async exec(record, argv, streams, context) {
      const { lxc, seen, doing } = await must(record, 'run a command in', context);
      if (seen.state === 'running' && isUp(seen)) return execIn(lxc, seen, argv, streams, doing, context);
      const reason = `it is ${seen.state === 'paused' ? 'paused' : 'not running'}`;
      throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason });
    },
    sample: async (records, context) => usage(await open(context), records),
    places: async (records, context) => placesOf(await open(context), records),
    async throttle(record, throttle, context) {
      const lxc = await open(context);
      const seen = seeContainer(lxc, String(record.handle?.['name']));
      return seen?.whole === true && isOurs(record, seen) ? throttleLxc(lxc, seen, record, throttle, context) : {};
    },
    async adopt({ identity, engineId, spec }, context) {
      const lxc = await open(context);
      const seen = seeContainer(lxc, engineId);
      const refuse = (reason: string): never => {
        throw new PjError('PJ5413', { engineId, id: identity.id, reason });
      };
      if (seen?.whole !== true) return refuse(`${lxc.label} has no container of that name in ${lxc.place.containers}`);
      const owner = identityOf(seen.marks?.labels);
      if (owner !== undefined && !isSame(owner, identity))
        return refuse(`it belongs to ${ownerOf(seen.marks?.labels)}`);
      const handle = handleOf(seen, owner === undefined ? { imported: true } : null);
      return { spec: describe(seen, spec), made: { handle, attributes: attributesOf(seen) } };
    },
  };
}

function isOurs({ id, handle }: WorkloadRecord, { marks }: SeenContainer): boolean {
  const owner = identityOf(marks?.labels);
  return owner === undefined ? handle?.['imported'] === true : owner.id === id;
}

function observedOf(record: WorkloadRecord, seen: SeenContainer | undefined, lxc: Lxc): Observed {
  const { id, spec, handle } = record;
  const gone: Observed = { id, status: 'gone', fields: {}, attributes: {}, handle: null };
  if (seen?.whole !== true) return gone;
  if (!isOurs(record, seen)) return { ...gone, detail: `${ownerOf(seen.marks?.labels)} has its name now` };
  const runs = seen.state === 'running' || seen.state === 'paused';
  const limits: Record<Pointer, Json> =
    isUp(seen) && seen.marks !== undefined ? limitFields(lxc.host, seen.name, spec) : {};
  return {
    id,
    ...exitStatus(seen),
    fields: { ...limits, ...labelFields(spec, seen) },
    attributes: attributesOf(seen),
    handle: handleOf(seen, handle),
    ...(seen.exit === undefined || runs ? {} : { since: seen.exit.at.toISOString() }),
  };
}

/** Labels and the image are in the marks. */
function labelFields({ container }: Spec, { marks }: SeenContainer): Record<Pointer, Json> {
  if (marks === undefined) return {};
  const labels = Object.keys(container?.labels ?? {}).map(
    (name) => [pointer('container', 'labels', name), marks.labels[name] ?? null] as const,
  );
  return Object.fromEntries(labels);
}

/** A container that others have made, as a spec: what a descriptor says of it, with what its configuration has in its place. */
function describe({ dir, marks }: SeenContainer, told: Spec | undefined): Spec {
  const lines = parseConfig(readFileSync(filesOf(dir).config, 'utf8'));
  const rootfs = lastOf(lines, 'lxc.rootfs.path')?.replace(/^dir:/, '') ?? filesOf(dir).rootfs;
  const hostname = lastOf(lines, 'lxc.uts.name');
  const image = told?.container?.image ?? marks?.facts.image ?? rootfs;
  return {
    ...told,
    container: {
      ...told?.container,
      image,
      runtime: 'lxc',
      ...(told?.container?.hostname === undefined || hostname === undefined ? {} : { hostname }),
    },
  };
}
