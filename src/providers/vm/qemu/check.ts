import type { Snapshot } from '../../../model/record.ts';
import type { Workload } from '../../../model/workload.ts';
import type { CallContext, Finding } from '../../contract.ts';
import type { Workshop } from './workshop.ts';

export async function checkMachines(
  _shop: Workshop,
  _workloads: readonly Workload[],
  _context: CallContext,
  _state: Snapshot | null | undefined,
): Promise<Map<string, Finding[]>> {
  return new Map();
}
