/** DEPLOYED → STARTING → RUNNING → STOPPING → STOPPED, and FAILED from any of the busy ones (platform-java's lifecycle); PAUSED beside RUNNING. */
export type LifecycleState = 'DEPLOYED' | 'STARTING' | 'RUNNING' | 'PAUSED' | 'STOPPING' | 'STOPPED' | 'FAILED';

/** The one table of allowed transitions; staying where one is is always allowed. */
export const TRANSITIONS: Record<LifecycleState, readonly LifecycleState[]> = {
  DEPLOYED: ['STARTING', 'STOPPED', 'FAILED'],
  STARTING: ['RUNNING', 'STOPPED', 'FAILED'],
  RUNNING: ['STOPPING', 'STOPPED', 'PAUSED', 'STARTING', 'FAILED'],
  PAUSED: ['RUNNING', 'STOPPING', 'STOPPED', 'FAILED'],
  STOPPING: ['STOPPED', 'FAILED'],
  STOPPED: ['STARTING', 'DEPLOYED', 'FAILED'],
  FAILED: ['STARTING', 'STOPPING', 'STOPPED', 'DEPLOYED', 'RUNNING'],
};

export function mayBecome(from: LifecycleState, to: LifecycleState): boolean {
  return from === to || TRANSITIONS[from].includes(to);
}

/** `none`: it has no health check. */
export type Health = 'none' | 'starting' | 'healthy' | 'unhealthy';
