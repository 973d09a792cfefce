/** DEPLOYED → STARTING → RUNNING → STOPPING → STOPPED, and FAILED from any of the busy ones (platform-java's lifecycle); PAUSED beside RUNNING. */
export type LifecycleState = 'DEPLOYED' | 'STARTING' | 'RUNNING' | 'PAUSED' | 'STOPPING' | 'STOPPED' | 'FAILED';
/** The one table of allowed transitions; staying where one is is always allowed. */
export declare const TRANSITIONS: Record<LifecycleState, readonly LifecycleState[]>;
export declare function mayBecome(from: LifecycleState, to: LifecycleState): boolean;
/** `none`: it has no health check. */
export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy';
