import type { WorkloadRecord } from '../../../model/record.ts';
import type { Spec } from '../../../model/spec.ts';
import { leavesOf } from '../../../model/template.ts';
import type { Supervisor } from '../../supervisor.ts';
import { fillIn, valuesIn } from '../../tenants/known-values.ts';

/** The recorded spec of what this agent runs itself, with the sensitive values that it knows; undefined where there are none in it, or it runs elsewhere. */
export function specOf(supervisor: Supervisor): (record: WorkloadRecord) => Spec | undefined {
  return ({ handle, spec }) => {
    const instance = handle?.['instance'];
    if (typeof instance !== 'string' || leavesOf(spec).length === 0) return undefined;
    const all = [...supervisor.all.values(), ...supervisor.tenants.all];
    const managed = all.find(({ entry }) => entry.instance === instance);
    return managed === undefined ? undefined : fillIn(spec, valuesIn(managed.entry.spec, managed.spec));
  };
}
