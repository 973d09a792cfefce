import type { Snapshot } from '../../../model/record.ts';
import type { Workload } from '../../../model/workload.ts';
import type { Finding } from '../../contract.ts';
import { identityOf } from '../../marks.ts';
import type { ApiEngine } from './connection/engine.ts';
import { ownerOf, takenBy } from './owner.ts';

/** A value that stands; undefined for none and for a template, whose value nobody knows yet. */
export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Whether the name of a network or volume can be had: an external one must be there, and another one must not be somebody else's. */
export function nameFindings(
  what: 'network' | 'volume',
  workload: Workload,
  looked: {
    engine: Pick<ApiEngine, 'label'>;
    all: readonly { name: string; labels: Record<string, string> }[];
    workloads: readonly Workload[];
    state: Snapshot | null | undefined;
  },
): Finding[] {
  const { engine, all, workloads, state } = looked;
  const { id } = workload;
  const name = text(workload.spec[what]?.name);
  if (name === undefined) return [];
  const path = `/${what}/name`;
  const there = all.filter((one) => one.name === name);
  if (workload.spec[what]?.external === true) {
    return there.length > 0
      ? []
      : [
          {
            severity: 'error',
            path,
            message: `the external ${what} ${name} is not there on ${engine.label}`,
            hint: 'Make it, correct its name, or take `external` away so that pj makes it.',
          },
        ];
  }
  const findings: Finding[] = workloads
    .filter((other) => other.id > id && other.spec[what]?.name === name && other.spec[what]?.external !== true)
    .map((other) => ({ severity: 'error', path, message: `${other.id} has the name ${name}, too` }));
  const lineage = state?.lineage;
  const stranger = there.find(({ labels }) => lineage === undefined || identityOf(labels)?.lineage !== lineage);
  if (stranger !== undefined && state?.workloads[id]?.handle?.['imported'] !== true) {
    const { message, hint } = takenBy({ what, name, id, owner: ownerOf(stranger.labels) });
    // Where nobody has looked at the state it may be one that it knows.
    findings.push({ severity: state === undefined ? 'warning' : 'error', path, message, hint });
  }
  return findings;
}
