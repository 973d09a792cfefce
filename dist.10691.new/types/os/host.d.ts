import { type CgroupHost } from './cgroup.ts';
export interface HostFacts {
    /** Cores that this process may use. */
    cpus: number;
    /** Bytes: what the machine has, or less where the container that pj runs in has less. */
    memory: number;
    kernel: string;
    isRoot: boolean;
    cgroups: CgroupHost;
    /** What pj itself runs in (`docker`, `podman`, `lxc`, …), where that can be told. */
    container?: string;
}
/** What this host has, for the checks at plan and for `doctor`. */
export declare function hostFacts(): HostFacts;
