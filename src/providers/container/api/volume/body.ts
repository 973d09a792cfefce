import type { VolumeSpec } from '../../../../model/container-spec.ts';
import { type Json, type JsonObject, type Pointer, pointer } from '../../../../model/json.ts';
import type { Identity } from '../../../../model/record.ts';
import { MARK, marksOf } from '../../../marks.ts';
import type { ApiEngine, Request } from '../connection/engine.ts';
import { withFields } from '../described.ts';
import type { SeenVolume } from './seen-volume.ts';

/** The request that makes a volume, its marks in it. */
export function createVolume(
  engine: ApiEngine['name'],
  spec: VolumeSpec,
  identity: Identity,
  specDigest: string,
): Request {
  const { name, type = 'persistent', driver = 'local', labels } = spec;
  return {
    method: 'POST',
    path: '/volumes/create',
    body: {
      Name: name,
      Driver: driver,
      DriverOpts: driverOptions(spec, engine),
      Labels: { ...labels, ...marksOf(identity, specDigest), [MARK.volume]: type },
    },
  };
}

/** The driver's options with the size in them: Docker's local driver has a quota of its own, file systems in memory and Podman take it as a mount option. */
function driverOptions({ options = {}, size }: VolumeSpec, engine: ApiEngine['name']): Record<string, string> {
  if (size === undefined) return options;
  if (engine === 'docker' && options['type'] !== 'tmpfs') return { ...options, size: String(size) };
  const o = [options['o'], `size=${size}`].filter((one) => one !== undefined && one !== '').join(',');
  return { ...options, o };
}

/** What reality has of what the user set. */
export function volumeFields(spec: VolumeSpec, seen: SeenVolume, engine: ApiEngine['name']): Record<Pointer, Json> {
  const fields: Record<Pointer, Json> = {};
  if (spec.external === true) return fields;
  const tell = (value: Json | undefined, ...path: string[]): void => {
    fields[pointer('volume', ...path)] = value ?? null;
  };
  if (spec.driver !== undefined) tell(seen.driver, 'driver');
  const wanted = driverOptions(spec, engine);
  // `o` as it is with the size in it is as it was asked for.
  for (const [name, value] of Object.entries(spec.options ?? {}))
    tell(seen.options[name] === wanted[name] ? value : seen.options[name], 'options', name);
  if (spec.size !== undefined) tell(sizeIn(seen), 'size');
  for (const name of Object.keys(spec.labels ?? {})) tell(seen.labels[name], 'labels', name);
  return fields;
}

/** Bytes. */
function sizeIn({ options }: SeenVolume): number | undefined {
  const text = options['size'] ?? /(?:^|,)size=(\d+)(?:,|$)/.exec(options['o'] ?? '')?.[1];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** `name`, `engineId` (volumes have none but their name), `driver`, `mountpoint` on the engine's host. */
export function volumeAttributes({ name, driver, mountpoint }: SeenVolume): JsonObject {
  return { name, engineId: name, driver, ...(mountpoint === '' ? {} : { mountpoint }) };
}

/** A volume that others have made, as a spec: what a descriptor says of it, with what reality has in its place. */
export function describeVolume(seen: SeenVolume, told: VolumeSpec | undefined, engine: ApiEngine['name']): VolumeSpec {
  if (told === undefined) {
    const { name, driver } = seen;
    return { name, runtime: engine, ...(driver === 'local' ? {} : { driver }) };
  }
  return { ...withFields('volume', told, volumeFields(told, seen, engine)), name: seen.name };
}
