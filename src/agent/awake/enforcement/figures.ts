import type { EnforcedResource } from '../../../model/spec.ts';

/** Every figure of the enforcement of quotas. docs/guides/quotas.md tells of them. */

/** Of the quota: from here on cpu and memory violate it. The kernel holds them at it, so that they cannot be above. */
export const VIOLATES = 0.95;
/** Of the quota: below, a sample is good. Between the two it is neither. */
export const GOOD = 0.85;
/** Good samples in a row after which a quota is kept again. */
export const GOOD_SAMPLES = 3;
/** Samples in a row before it acts, where the descriptor does not say. */
export const GRACE = 3;
/** Before the same action may come again. ms */
export const COOL_DOWN = 30_000;
/** Of the quota: what is left of it under a throttle. */
export const THROTTLED: Partial<Record<EnforcedResource, number>> = { cpu: 0.5, memory: 0.8 };
/** Of what it gets under a throttle: below, a sample counts for its release. */
export const CALM = 0.8;
/** Such samples in a row after which a throttle is lifted. */
export const CALM_SAMPLES = 5;
/** Between two samples that count: after a longer time without one nothing of before is in a row with what comes. ms */
export const GAP = 10_000;
/** And as many intervals of its sampling, where those are longer. */
export const GAP_INTERVALS = 3;
/** Use of cpu is judged over at least this long: the kernel gives it in slices of 100 ms. ms */
export const CPU_WINDOW = 1_000;
/** What could not be done is tried again after this, then twice as long, and so on. ms */
export const FIRST_RETRY = 1_000;
export const LONGEST_RETRY = 60_000;
/** After that nothing comes any more of an end that the agent before this one has begun: its `pj` waits no longer for the lock. ms */
export const LATEST = 90_000;
