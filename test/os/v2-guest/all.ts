import type { Check } from './check.ts';
import { delegationChecks } from './delegation-checks.ts';
import { limitChecks } from './limit-checks.ts';
import { projectChecks } from './project-checks.ts';
import { threadedChecks } from './threaded-checks.ts';
import { trackingChecks } from './tracking-checks.ts';

/** In the order in which they run. */
export const allChecks: readonly Check[] = [
  ...limitChecks,
  ...delegationChecks,
  ...projectChecks,
  ...trackingChecks,
  ...threadedChecks,
];
