import type { Json, Pointer } from '../../../../model/json.ts';
import type { Observed } from '../../../../model/observed.ts';
import type { WorkloadRecord } from '../../../../model/record.ts';
import type { CallContext } from '../../../contract.ts';
import { identityOf } from '../../../marks.ts';
import type { ApiEngine } from '../connection/engine.ts';
import { recent } from '../connection/recent.ts';
import { ownerOf } from '../owner.ts';
import { containerLimits, type HeldByKernel } from './cgroup.ts';
import type { ContainerContext } from './containers.ts';
import { eventsOf, type LastEvents } from './engine-events.ts';
import { type ImageIds, imageFields, imageIds } from './image-drift.ts';
import { type Inspected, inspect } from './inspect.ts';
import { limitFields, setsLimits, toldBy } from './limit-drift.ts';
import { restartFields } from './restart.ts';
import { profileFields } from './security.ts';
import { attributesOf, handleOf, type SeenContainer } from './seen-container.ts';
import { endOf, statusOf } from './status.ts';

/** A record with what the list of containers has of it. */
interface Look {
  record: WorkloadRecord;
  /** The very one that was made; undefined where it is gone. */
  seen: SeenContainer | undefined;
  /** Who has its name now. */
  namesake: SeenContainer | undefined;
  inspected?: Inspected | undefined;
  /** What the kernel holds of it, where its spec sets a limit and its group can be seen here. */
  held?: HeldByKernel | undefined;
}

/**
 * Many records at once, from one list of containers and one of images. One is inspected only where it does not run, or where its spec sets
 * what neither the list nor the kernel tells; the engine's events are asked only where something ended.
 */
export function readContainers({ open, all, options }: ContainerContext) {
  const images = recent(async (context) => imageIds(await open(context), context));
  return async (records: WorkloadRecord[], context: CallContext): Promise<Observed[]> => {
    if (records.length === 0) return [];
    const engine = await open(context);
    const [listed, ids] = await Promise.all([
      all.get(context),
      records.every(isPinned) ? new Map<string, string>() : images.get(context),
    ]);
    const there = new Map(listed.map((one) => [one.id, one]));
    const looks = records.map((record) => lookUp(record, there));
    const asked: (() => Promise<void>)[] = [];
    for (const look of looks) {
      const { record, seen } = look;
      if (seen === undefined) continue;
      if (engine.local && !isEnded(seen) && setsLimits(record.spec)) look.held = containerLimits(engine.name, seen.id);
      if (wantsInspection(look, seen))
        asked.push(async () => {
          look.inspected = await inspect(engine, seen.id, { action: 'read', id: record.id }, context);
        });
    }
    await atMost(INSPECTIONS, asked);
    const ended = looks.filter(({ seen }) => seen === undefined || isEnded(seen));
    const events = await eventsOf(
      engine,
      ended.flatMap(({ record }) => (typeof record.handle?.['id'] === 'string' ? [record.handle['id']] : [])),
      context,
    );
    return looks.map((look) => observedOf(look, { engine, ids, events, dir: options.dir }));
  };
}

/** Inspections at once: an engine makes a thread of each. */
const INSPECTIONS = 16;

async function atMost(limit: number, work: readonly (() => Promise<void>)[]): Promise<void> {
  const left = work.values();
  const worker = async (): Promise<void> => {
    for (const one of left) await one();
  };
  await Promise.all(Array.from({ length: Math.min(limit, work.length) }, worker));
}

function lookUp(record: WorkloadRecord, there: ReadonlyMap<string, SeenContainer>): Look {
  const { id, name } = record.handle ?? {};
  const seen = typeof id === 'string' ? there.get(id) : undefined;
  const namesake = seen === undefined ? [...there.values()].find((one) => one.name === name) : undefined;
  return { record, seen, namesake };
}

const isPinned = ({ spec }: WorkloadRecord): boolean => spec.container?.image.includes('@') === true;

const isEnded = ({ state }: SeenContainer): boolean => !['running', 'paused', 'created', 'configured'].includes(state);

function wantsInspection({ record: { spec }, held }: Look, seen: SeenContainer): boolean {
  return isEnded(seen) || spec.restart !== undefined || (setsLimits(spec) && held === undefined);
}

function observedOf(
  { record, seen, namesake, inspected, held }: Look,
  from: { engine: ApiEngine; ids: ImageIds; events: LastEvents; dir: string },
): Observed {
  const { id } = record;
  const { engine, ids, events, dir } = from;
  if (seen === undefined) return goneOf(record, namesake, events);
  const handle = { ...record.handle, ...handleOf(seen, engine) };
  const ended = isEnded(seen);
  if (ended && inspected === undefined) return goneOf(record, undefined, events);
  const end = ended && inspected !== undefined ? endOf(record, seen, inspected, events.get(seen.id)) : undefined;
  const fields: Record<Pointer, Json> = {
    ...imageFields(record.spec, seen, ids),
    ...profileFields(record.spec, seen.labels, dir),
    ...(ended || seen.state === 'created'
      ? {}
      : { ...networkFields(record, seen), ...limitFields(record.spec, engine, held ?? toldBy(inspected)) }),
    ...(inspected === undefined ? {} : restartFields(record.spec, inspected)),
  };
  return { id, status: statusOf(seen), fields, attributes: attributesOf(seen), handle, ...end };
}

function goneOf(record: WorkloadRecord, namesake: SeenContainer | undefined, events: LastEvents): Observed {
  const { id, handle } = record;
  const event = typeof handle?.['id'] === 'string' ? events.get(handle['id']) : undefined;
  const owner = namesake === undefined ? undefined : identityOf(namesake.labels);
  const details = [
    ...(event?.destroyed === undefined ? [] : ['removed by somebody']),
    ...(namesake === undefined
      ? []
      : [owner?.id === id ? 'made anew by somebody' : `${ownerOf(namesake.labels)} has its name now`]),
  ];
  return {
    id,
    status: 'gone',
    fields: {},
    attributes: {},
    handle: null,
    ...(event?.destroyed === undefined ? {} : { since: event.destroyed }),
    ...(details.length === 0 ? {} : { detail: details.join('; ') }),
  };
}

/** The networks that it is still in, where it is not in all of those that it should be. */
function networkFields({ spec }: WorkloadRecord, seen: SeenContainer): Record<Pointer, Json> {
  const wanted = spec.container?.networks ?? [];
  const left = wanted.filter(({ name }) => Object.hasOwn(seen.networks, name));
  return left.length === wanted.length ? {} : { '/container/networks': left as unknown as Json };
}
