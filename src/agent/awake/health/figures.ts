/** Between two probes of what runs, where its health check does not say. ms */
export const INTERVAL = 10_000;
/** Probes at once, over all workloads. */
export const AT_ONCE = 8;
/** Between two looks whether engines still run what nobody but the agent starts again; of engines that do so themselves. ms */
export const LOOK = 5_000;
export const LOOK_LEFT = 15_000;
/** An engine that starts again by itself is given so long before the agent does it. ms */
export const ENGINES_TURN = 10_000;
/** Longest that an engine may take for an answer. ms */
export const PATIENCE = 10_000;
/** So many changes of health, or of being up, within the window are flapping; it has ended when none came for the window. ms */
export const FLAPS = 5;
export const WINDOW = 600_000;
/** Mere counters (failed probes, say) are written this often at most: after a kill that many are counted anew. ms */
export const LAZY = 10_000;
/** What an agent before this one had begun is given so long to take the lock, or to be done. ms */
export const TAKEN_UP = 5_000;
/** What could not be tried (the lock was held too long, say) is tried again after that, and counts as no attempt. ms */
export const AGAIN = 15_000;
/** By so much two reports of one start may differ. ms */
export const CLOCKS = 2_000;
