import type { Identity } from '../model/record.ts';
import type { Orphan, Sighting, WorkloadCall } from './calls.ts';
import { type Entry } from './entry.ts';
import { type Managed, type World } from './world.ts';
/** The workloads of one project, and what can be done to them. Every call is idempotent; calls on one instance run one after the other. */
export declare class Supervisor {
    readonly world: World;
    readonly all: Map<string, Managed>;
    constructor(world: World);
    /** Keys of what there is something to do for. */
    active(): string[];
    /** Makes the instance known: entry and volumes. Of one that is there already it takes the spec, which a half-made replacement may have left old. */
    create(call: WorkloadCall): Promise<Sighting>;
    /** Starts it; what runs already with this spec is left as it is. Throws PJ53xx, and then it is `failed`. */
    start(call: WorkloadCall): Promise<Sighting>;
    /** Ends its whole tree and remembers that it is to stay so. Undefined: not known, so nothing of it runs. Throws PJ5303. */
    stop(identity: Identity, instance?: string): Promise<Sighting | null>;
    /** Takes a new spec. What runs gets its limits at once; the rest holds from the next start. Throws PJ5306 and keeps the old spec. */
    update(call: WorkloadCall): Promise<Sighting>;
    /** Ends it and removes what was made for it: entry, cgroup, links, ephemeral volumes; persistent ones where `destroyVolumes`. Logs stay. */
    destroy(identity: Identity, destroyVolumes: boolean, instance?: string): Promise<void>;
    /** Takes over a process that runs already. It goes into the instance's cgroup where there is one. Throws PJ5305. */
    adopt(call: WorkloadCall & {
        pid: number;
    }): Promise<Sighting>;
    /**
     * Everything in care, checked against the kernel. What the kernel has ended but the agent not yet heard of is waited for, so that an end is
     * always told with its reason.
     */
    look(ids?: readonly string[]): Promise<Sighting[]>;
    /** Marked processes of this lineage that no entry accounts for. */
    orphans(lineage: string): Orphan[];
    /** What was asked of the process has come to its end: by the restart policy it is started again, or left. */
    ended(managed: Managed, token: string | null): void;
    /** What waited for its next start when the agent before ended. `counts`: it is one more restart. */
    resumeBackoff(managed: Managed, counts?: boolean): void;
    /** Starts it again by policy, when its pause is over. A start that fails counts as an end, except where a secret is missing. */
    private restart;
    /** Launches; what fails leaves nothing running and the entry `failed` with the reason. */
    private launch;
    /** What was made under an old id gets the new one, now that nothing runs. */
    private rehome;
    private halt;
    private complain;
    private removeGroup;
    private adoptSpec;
    private known;
    private byInstance;
    /** Gives an instance another id. What it runs with keeps the old one until it is started anew. */
    private rename;
    /** The instance, made if need be. One of another lineage with the same name is somebody else's: refused. */
    private obtain;
    private sighting;
}
/** Marked processes of a lineage whose token no entry carries. */
export declare function orphansOf(lineage: string, entries: readonly Entry[], project: string): Orphan[];
