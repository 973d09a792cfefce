import { resolve } from 'node:path';
import { PjError } from '../../../../errors.ts';
import { equal, type Json, type Pointer } from '../../../../model/json.ts';
import type { Snapshot } from '../../../../model/record.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { Workload } from '../../../../model/workload.ts';
import type { CallContext, Finding } from '../../../contract.ts';
import { type Machine, machineOf } from '../../machine.ts';
import { portsInUse } from '../../ports-in-use.ts';
import type { Machines } from '../../runtime.ts';
import { checkSeed } from '../../seed/check.ts';
import type { Virsh } from '../connection/virsh.ts';
import type { LibvirtContext } from '../context.ts';
import { machineFor } from '../domain/input.ts';
import { hostFindings } from './host.ts';
import { moveFindings } from './move.ts';
import { addressFindings, networkFindings } from './networks.ts';
import { specFindings } from './spec.ts';
import { takenFindings } from './taken.ts';

/** Takes one finding: where, what, and what to do about it. */
export type Tell = (path: Pointer, message: string, hint: string) => void;

/** One machine that is looked at. */
export interface Checking {
  virsh: Virsh;
  workload: Workload;
  machine: Machine;
  /** Absolute path of the project. */
  dir: string;
  error: Tell;
  warning: Tell;
  context: CallContext;
}

/** Where a machine is to move to. */
function destinationOf({ vm }: Spec, current: string): string | undefined {
  const to: unknown = vm?.host;
  return typeof to === 'string' && to !== current ? to : undefined;
}

/** What libvirt, or this host, cannot do of what these machines say. What is as it was applied is not looked at again. */
export function domainChecks(ctx: LibvirtContext): Machines['check'] {
  const dir = resolve(ctx.options.dir);
  return async (workloads, context, state) => {
    const all = await Promise.all(
      workloads.map(async (workload) => [workload.id, await check(workload, workloads, context, state)] as const),
    );
    return new Map(all.filter(([, findings]) => findings.length > 0));
  };

  async function check(
    workload: Workload,
    workloads: readonly Workload[],
    context: CallContext,
    state: Snapshot | null | undefined,
  ): Promise<Finding[]> {
    const { id, spec } = workload;
    const record = state?.workloads[id];
    const handle = record?.handle ?? null;
    const findings: Finding[] = [];
    const error: Tell = (path, message, hint) => void findings.push({ severity: 'error', path, message, hint });
    const warning: Tell = (path, message, hint) => void findings.push({ severity: 'warning', path, message, hint });
    specFindings(workload, error, warning);
    const identity = (of: string) => ({
      project: ctx.options.project,
      lineage: state?.lineage ?? '',
      id: of,
      generation: state?.workloads[of]?.generation ?? 1,
    });
    const current = ctx.virsh(ctx.uriOf({ handle, spec }));
    const to = handle === null ? undefined : destinationOf(spec, current.uri);
    // Of one that moves the host is looked at that it is to run on.
    const virsh = to === undefined ? current : ctx.virsh(to);
    const machine = machineFor({ identity: identity(id), handle, spec }, dir);
    const checking: Checking = { virsh, workload, machine, dir, error, warning, context };
    await hostFindings(checking);
    if (virsh.local) findings.push(...portsInUse(workload, state));
    const same = handle !== null && equal(record?.spec.vm as unknown as Json, spec.vm as unknown as Json);
    const others = workloads
      .filter((one) => one.id !== id && one.kind === 'vm')
      .map((one) => ({ id: one.id, machine: machineOf(identity(one.id), one.spec, dir) }));
    const before = handle === null || record === undefined ? undefined : machineOf(identity(id), record.spec, dir);
    findings.push(...(await checkSeed(machine, spec, dir)));
    try {
      findings.push(...(await ctx.disks(current).check(machine, handle !== null, context, { before, others })));
      if (same) return findings;
      if (to !== undefined && (await moveFindings(checking, current, before ?? machine, identity(id), handle)))
        return findings;
      await networkFindings(checking);
      addressFindings(checking, others);
      await takenFindings(checking, identity(id), handle, state);
    } catch (thrown) {
      context.signal.throwIfAborted();
      if (!(thrown instanceof PjError)) throw thrown;
      error(to === undefined ? '/vm/uri' : '/vm/host', thrown.message, thrown.advice ?? thrown.hint);
    }
    return findings;
  }
}
