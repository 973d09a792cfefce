import { containerName } from '../../../../../model/container-spec.ts';
import type { Workload } from '../../../../../model/workload.ts';
import type { Finding } from '../../../../contract.ts';
import { identityOf } from '../../../../marks.ts';
import { nameTaken } from '../made.ts';
import type { Facts } from './check.ts';

/** Whether the name that a container gets can be had: nobody else's has it, nor will another one of this project. */
export function checkNames({ id }: Workload, { all, workloads, state, options }: Facts): Finding[] {
  const nameOf = (of: string): string => containerName(options.project, of, state?.workloads[of]?.generation ?? 1);
  const name = nameOf(id);
  const findings: Finding[] = workloads
    .filter((other) => other.id > id && nameOf(other.id) === name)
    .map((other) => ({ severity: 'error', message: `${other.id} would have the container name ${name}, too` }));
  const there = all.find((one) => one.name === name);
  if (there === undefined) return findings;
  const owner = identityOf(there.labels);
  const known = state?.workloads[id]?.handle?.['id'] === there.id;
  if (known || (state?.lineage !== undefined && owner?.lineage === state.lineage)) return findings;
  const { message, hint } = nameTaken(there, id);
  // Where nobody has looked at the state it may be one that it knows.
  const severity = state === undefined ? 'warning' : 'error';
  return [...findings, { severity, message, hint }];
}
