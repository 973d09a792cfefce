import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';

/** A volume as an engine has it. */
export interface SeenVolume {
  name: string;
  driver: string;
  /** Where it is on the engine's host, where its driver tells. */
  mountpoint: string;
  options: Record<string, string>;
  labels: Record<string, string>;
}

interface Volume {
  Name: string;
  Driver: string;
  Mountpoint?: string;
  Options?: Record<string, string> | null;
  Labels?: Record<string, string> | null;
}

/** Every volume of the engine: one call. */
export async function seeVolumes(engine: ApiEngine, doing: Doing, context: CallContext): Promise<SeenVolume[]> {
  const answer = await engine.dial<{ Volumes?: Volume[] | null } | undefined>(doing, context, {
    method: 'GET',
    path: '/volumes',
  });
  return (answer?.Volumes ?? []).map(fromEngine);
}

/** The volume of a name; undefined where there is none. */
export async function seeVolume(
  engine: ApiEngine,
  doing: Doing,
  name: string,
  context: CallContext,
): Promise<SeenVolume | undefined> {
  const path = `/volumes/${encodeURIComponent(name)}`;
  const answer = await engine.dial<Partial<Volume>>(doing, context, { method: 'GET', path, ok: [200, 404] });
  return answer.Name === undefined ? undefined : fromEngine(answer as Volume);
}

export function fromEngine({ Name, Driver, Mountpoint = '', Options, Labels }: Volume): SeenVolume {
  return { name: Name, driver: Driver, mountpoint: Mountpoint, options: Options ?? {}, labels: Labels ?? {} };
}
