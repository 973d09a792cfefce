import { readFileSync } from 'node:fs';
import type { VolumeSpec } from '../../../../model/container-spec.ts';
import type { Snapshot } from '../../../../model/record.ts';
import type { Workload } from '../../../../model/workload.ts';
import type { CallContext, Finding } from '../../../contract.ts';
import type { EngineInfo } from '../connection/drivers.ts';
import type { ApiEngine } from '../connection/engine.ts';
import type { Recent } from '../connection/recent.ts';
import { nameFindings, text } from '../things-check.ts';
import type { SeenVolume } from './seen-volume.ts';

/** What cannot be made of these volumes, or could not be held. */
export async function checkVolumes(
  looked: {
    engine: ApiEngine;
    all: readonly SeenVolume[];
    info: Recent<EngineInfo>;
    workloads: readonly Workload[];
    state: Snapshot | null | undefined;
  },
  context: CallContext,
): Promise<Map<string, Finding[]>> {
  const { engine, info } = looked;
  const findings = new Map<string, Finding[]>();
  for (const workload of looked.workloads) {
    const spec = workload.spec.volume;
    if (spec === undefined) continue;
    const found = nameFindings('volume', workload, looked);
    if (spec.external !== true) {
      const driver = text(spec.driver) ?? 'local';
      if (driver !== 'local') found.push(...driverFindings(driver, engine, await info.get(context)));
      if (typeof spec.size === 'number') found.push(...sizeFindings(spec, driver, engine, await info.get(context)));
    }
    if (found.length > 0) findings.set(workload.id, found);
  }
  return findings;
}

function driverFindings(driver: string, { label }: ApiEngine, { volumeDrivers }: EngineInfo): Finding[] {
  if (volumeDrivers.includes(driver)) return [];
  const message = `${label} has no volume driver ${driver}`;
  const hint = `It has ${volumeDrivers.join(', ')}; install the plugin, or use one of those.`;
  return [{ severity: 'error', path: '/volume/driver', message, hint }];
}

/** What it takes for an engine to limit a volume: memory (Docker), or quotas of xfs. */
function sizeFindings(spec: VolumeSpec, driver: string, engine: ApiEngine, { root }: EngineInfo): Finding[] {
  const finding = (severity: Finding['severity'], message: string, hint: string): Finding[] => [
    { severity, path: '/volume/size', message, hint },
  ];
  const type = text(spec.options?.['type']);
  if (driver !== 'local')
    return finding('error', `only the local driver takes a size from pj, not ${driver}`, 'Give it in its `options`.');
  if (engine.name === 'docker' && type === 'tmpfs') return [];
  if (type !== undefined && (engine.name === 'docker' || type !== 'tmpfs'))
    return finding('error', `a volume of type ${type} cannot be limited by ${engine.label}`, 'Take `size` away.');
  const instead = engine.name === 'docker' ? ', or keep it in memory (options: type: tmpfs, device: tmpfs)' : '';
  const hint = `Take \`size\` away, or have the engine keep its data on xfs mounted with prjquota${instead}.`;
  if (!engine.local)
    return finding('warning', `whether ${engine.label} can limit volumes cannot be seen from here`, hint);
  if (hasQuota(root)) return [];
  return finding('error', `${engine.label} cannot limit volumes: ${root} is not on xfs with project quotas`, hint);
}

/** True when a folder is on a file system that counts per folder. */
function hasQuota(folder: string): boolean {
  let best = { at: '', quota: false };
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, at = '', type = '', options = ''] = line.split(' ');
    const above = at === '/' || folder === at || folder.startsWith(`${at}/`);
    if (above && at.length >= best.at.length)
      best = { at, quota: type === 'xfs' && /(^|,)(prjquota|pquota)(,|$)/.test(options) };
  }
  return best.quota;
}
