import type { VolumeSpec } from '../../../../model/container-spec.ts';
import { type Json, type Pointer, pointer } from '../../../../model/json.ts';
import type { Snapshot } from '../../../../model/record.ts';
import type { Workload } from '../../../../model/workload.ts';
import type { Finding } from '../../../contract.ts';
import { nameFindings, text } from '../../api/things-check.ts';
import type { Lxc } from '../engine.ts';
import { type SeenVolume, seeVolumes } from './seen-volume.ts';

/** What reality has of what the user set. */
export function volumeFields(spec: VolumeSpec, { marks }: SeenVolume): Record<Pointer, Json> {
  if (spec.external === true) return {};
  const labels = Object.keys(spec.labels ?? {}).map(
    (name) => [pointer('volume', 'labels', name), marks.labels[name] ?? null] as const,
  );
  return { ...(spec.driver === undefined ? {} : { '/volume/driver': 'local' }), ...Object.fromEntries(labels) };
}

/** What cannot be made of these volumes on LXC. */
export function checkVolumes(
  lxc: Lxc,
  workloads: readonly Workload[],
  state: Snapshot | null | undefined,
): Map<string, Finding[]> {
  const all = seeVolumes(lxc).map(({ name, marks }) => ({ name, labels: marks.labels }));
  const findings = new Map<string, Finding[]>();
  for (const workload of workloads) {
    const { volume: spec } = workload.spec;
    if (spec === undefined) continue;
    const found = nameFindings('volume', workload, { engine: lxc, all, workloads, state });
    const error = (path: Pointer, message: string, hint: string): void =>
      void found.push({ severity: 'error', path, message, hint });
    if (text(spec.driver) !== undefined && spec.driver !== 'local')
      error('/volume/driver', `a volume on LXC is a folder, and no ${spec.driver ?? ''}`, 'Take `driver` away.');
    if (spec.size !== undefined)
      error('/volume/size', 'pj cannot limit the size of a folder on LXC', 'Take `size` away, or use type: tmpfs.');
    for (const key of Object.keys(spec.options ?? {}))
      error(pointer('volume', 'options', key), `a volume on LXC has no option ${key}`, 'Take it away.');
    if (found.length > 0) findings.set(workload.id, found);
  }
  return findings;
}
