import { type Entry, EXIT, entry } from './entry.ts';

/** Applying: PJ4xxx. */
export const APPLYING_ERRORS = {
  PJ4001: entry(
    'the plan cannot be executed: {what}',
    'The plan is damaged or was made by another version. Make a new one: pj plan.',
  ),
  PJ4002: entry(
    '{workload}: the value of {sources} is not the one that {reference} was made with',
    'The value changed in the meantime. Make a new plan with the value as it is now: pj plan.',
    EXIT.stale,
  ),
  PJ4003: entry(
    '{workload}: {expression} has no value: {reason}',
    'Check that the workload that it names runs and has this attribute: pj state show ID.',
  ),
  PJ4004: entry(
    '{workload} did not become healthy: {reason}',
    'See what it says with pj logs ID. It was left running: pj apply waits for it again, pj apply --replace ID makes it anew.',
  ),
  PJ4005: entry(
    '{workload} ended while pj waited for it to become healthy: {detail}',
    'See what it said with pj logs ID.',
  ),
  PJ4006: entry(
    '{action} of {workload} did not end within {seconds} s, last heard: {progress}',
    'Check the engine that runs it (pj doctor), then run pj apply again: it finds out how far this came.',
  ),
  PJ4007: entry(
    '{action} of {workload} was interrupted while it ran',
    'The journal keeps it: the next pj command finds out how far it came and carries on from there.',
    EXIT.interrupted,
  ),
  PJ4008: entry('{workload} did not run to its end: {detail}', 'See what it said with pj logs ID.'),
  PJ4009: entry('provider {provider} cannot {action} {workload}', 'Set desiredState to running or stopped.'),
  PJ4010: entry(
    'the plan was made with another digest key ({plan}) than this project has ({here}), so its sensitive values cannot be verified',
    'Make a new plan in this checkout: pj plan.',
    EXIT.stale,
  ),
  PJ4011: entry(
    '{workload} cannot {action}: the state has no such instance',
    'Somebody else may have changed the state. Make a new plan: pj plan.',
    EXIT.stale,
  ),
  PJ4012: entry(
    'step {step} could not be written to the journal, so no other step is started: {reason}',
    'Free the disk or mend what the reason names, then run pj apply again.',
  ),
  PJ4013: entry('parallelism must be a whole number from 1, not {given}', 'Give --parallelism 10, say.'),
  PJ4014: entry('{workload} cannot go from {from} to {to}', 'Run pj plan again: it compares with what really runs.'),
  PJ4015: entry(
    '{workload} was destroyed, but an older instance of it is still there',
    'Run pj apply: it removes the older one, or makes the workload anew.',
  ),
  PJ4016: entry(
    'provider {provider} failed to {action} {workload}: {reason}',
    'Check the engine that runs it (pj doctor), then run pj apply again.',
  ),
  PJ4017: entry(
    '{id} cannot be made: {other} was called {id} before it was renamed, and still is known by that id to what runs it',
    'Run `pj restart {other}` first: with its next start it takes the new id, and the old one is free.',
  ),
} satisfies Record<string, Entry>;
