import { type Entry, EXIT, entry } from './entry.ts';

/** Planning: PJ2xxx. */
export const PLANNING_ERRORS = {
  PJ2001: entry('the dependencies go round in a circle: {cycle}', 'Take one of these dependencies out.'),
  PJ2002: entry(
    '{option} names {id}, which is neither in the project nor in the state',
    '`pj state list` and `pj validate` show what there is.',
    EXIT.usage,
  ),
  PJ2003: entry(
    'cannot move {from} to {to}: the state holds both',
    'Take the entry out of moved: in pj.yaml, or `pj state rm` the one that is outdated.',
  ),
  PJ2004: entry(
    'moved: says that {from} is now {to}, but there is still a descriptor for {from}',
    'Rename the descriptor too, or take the entry out of moved: in pj.yaml.',
  ),
  PJ2005: entry('moved: in pj.yaml contradicts itself at {id}: {reason}', 'Leave one entry for each rename.'),
  PJ2006: entry(
    'forget: names {id}, but there is still a descriptor for it',
    'Delete its descriptor, or take it out of forget: in pj.yaml.',
  ),
  PJ2007: entry(
    '{id} depends on {dependency}, which is not in the project',
    'Add a descriptor for it, or take the dependency out, or make it `optional: true`.',
  ),
  PJ2008: entry(
    '{id} cannot be paused: its provider {provider} has no pause',
    'Use `desiredState: stopped` (`pj stop`) instead.',
  ),
  PJ2009: entry('{id} is not deployed yet, so it cannot be asked to {command}', 'Run `pj apply` first.'),
  PJ2010: entry('the plan contradicts itself: {reason}', 'Nothing was done. Plan again.'),
  PJ2011: entry('{id} is both a target and excluded', 'Name it in one of them only.', EXIT.usage),
  PJ2012: entry('two workloads are called {id}', 'Give each its own applicationId.'),
  PJ2020: entry(
    '{id} must not be destroyed: its lifecycle has preventDestroy, and the plan would {action} it',
    'Set lifecycle.preventDestroy to false (for a deleted descriptor: put it back with false and apply once), or leave the workload out with --exclude.',
    EXIT.refused,
  ),
  PJ2021: entry(
    'this would destroy data of {id} for good: {data}',
    'Say --allow-data-loss when that is meant, or leave --destroy-volumes out.',
    EXIT.refused,
  ),
  PJ2022: entry(
    '{id} is held back: {because}',
    'It follows by itself once what holds it back is mended.',
    EXIT.refused,
  ),
  PJ2030: entry(
    '{id} is replaced the ordinary way in spite of createBeforeDestroy: {because}',
    'It is down between its destroy and its start.',
  ),
  PJ2031: entry('{id} is held back: {because}', 'It follows with the next apply once what it depends on can be there.'),
  PJ2032: entry(
    '{id} depends with `restart: true` on {dependency}, which {what}, but is not restarted: {because}',
    'Restart it afterwards with `pj restart`.',
  ),
  PJ2033: entry(
    '{id} is stopped while workloads that depend on it run on: {dependents}',
    'With --cascade they are stopped too.',
  ),
  PJ2034: entry(
    '{id} refers to ${workload.{dependency}.{attribute}}, but {dependency} has no such attribute (it has: {known})',
    'Name one of those, or declare what it should have (its ports, say).',
  ),
  PJ2035: entry('{id} is left as it is: {because}', '`pj status` shows how it is now.'),
  PJ2036: entry(
    '{id} is not {action}: {because}',
    'It goes with the next apply in which nothing that depends on it stays.',
  ),
  PJ2037: entry(
    '--target and --exclude narrow this plan down: what it leaves out is not compared to the descriptors',
    'Meant for exceptions. Run `pj plan` without them afterwards.',
  ),
  PJ2038: entry(
    '{count} errors in the descriptors: what is destroyed goes by the state alone',
    'A `lifecycle.preventDestroy` counts as it was last applied. `pj validate` shows the errors.',
  ),
  PJ2039: entry(
    '{id} goes down with {host}, in which it runs and which is {what}: {because}',
    'The agent brings it up again once {host} runs. In the plan it would be stopped before, and waited for afterwards.',
  ),
  PJ2090: entry(
    'the plan is refused: {what}',
    'Take the guard away in the descriptor and apply that first, or leave the workload out with --exclude.',
    EXIT.refused,
  ),
  PJ2091: entry('the saved plan is stale: {reasons}', 'Make a new plan and review it.', EXIT.stale),
} satisfies Record<string, Entry>;
