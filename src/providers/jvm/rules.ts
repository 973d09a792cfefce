/** The oldest Java that the program of host JVMs runs on. */
export const LEAST_FEATURE = 17;
/** The last Java that holds security policies: the next has no security manager any more (JEP 486). */
export const MOST_WITH_POLICIES = 23;
