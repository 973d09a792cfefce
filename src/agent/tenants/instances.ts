import type { TenantCall, WorkloadCall } from '../calls.ts';
import type { Entry, Inside } from '../entry.ts';
import { Instances } from '../instances.ts';
import type { World } from '../world.ts';

/** The tenants in care, and how calls name them. */
export class TenantInstances extends Instances {
  private readonly insideOf: (call: TenantCall) => Inside;
  private readonly processes: Instances;

  constructor(world: World, processes: Instances, insideOf: (call: TenantCall) => Inside) {
    super(world);
    this.processes = processes;
    this.insideOf = insideOf;
  }

  /** Logs and volumes are named after the id, whatever runs under it. */
  override isTaken(id: string): boolean {
    return this.processes.isTaken(id);
  }

  /** An instance that the caller knows and that is not in care any more stays what it is called: its host may have it still. */
  protected override newEntry(call: WorkloadCall): Entry {
    const entry = super.newEntry(call);
    return { ...entry, instance: call.instance ?? entry.instance, inside: this.insideOf(call as TenantCall) };
  }
}
