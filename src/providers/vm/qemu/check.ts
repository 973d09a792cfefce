import { basename } from 'node:path';
import type { Snapshot } from '../../../model/record.ts';
import type { Workload } from '../../../model/workload.ts';
import type { CallContext, Finding } from '../../contract.ts';
import { folderOf, readFolder } from '../folder.ts';
import { type Machine, machineOf, uuidOf } from '../machine.ts';
import { checkSeed } from '../seed/check.ts';
import { cardProblems } from './check-cards.ts';
import { machineProblems } from './check-machine.ts';
import type { Tell } from './tell.ts';
import type { Workshop } from './workshop.ts';

/** What cannot be held or done on this host, and what this runtime cannot do at all. */
export async function checkMachines(
  shop: Workshop,
  workloads: readonly Workload[],
  context: CallContext,
  state: Snapshot | null | undefined,
): Promise<Map<string, Finding[]>> {
  const { dir, project } = shop.options;
  const qemu = await shop.qemu(context);
  const lineage = state?.lineage ?? '';
  const others = workloads.map(({ id, spec }) => ({ id, machine: machineOf(first(id, project, lineage), spec, dir) }));
  const all = await Promise.all(
    workloads.map(async (workload): Promise<[string, Finding[]]> => {
      const { id, spec } = workload;
      const findings: Finding[] = [];
      const tell: Tell = (path, message, hint, severity = 'error') =>
        void findings.push({ severity, path, message, hint });
      const record = state?.workloads[id];
      const identity = { ...first(id, project, lineage), generation: record?.generation ?? 1 };
      const folder = folderOf(dir, uuidOf(identity), record?.handle);
      const uuid = basename(folder);
      const machine = machineOf(identity, spec, dir, uuid);
      const before: Machine | undefined =
        record === undefined ? undefined : machineOf(identity, record.spec, dir, uuid);
      machineProblems(workload, { qemu, dir }, tell);
      cardProblems(workload, machine, state, tell);
      const around = { before, others: others.filter((one) => one.id !== id) };
      findings.push(...(await shop.disks.check(machine, readFolder(folder) !== undefined, context, around)));
      findings.push(...(await checkSeed(machine, spec, dir)));
      return [id, findings];
    }),
  );
  return new Map(all.filter(([, findings]) => findings.length > 0));
}

const first = (id: string, project: string, lineage: string) => ({ project, lineage, id, generation: 1 });
