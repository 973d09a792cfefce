import { type Entry, EXIT, entry } from './entry.ts';

/** State, lock and plan files: PJ3xxx. */
export const STATE_ERRORS = {
  PJ3001: entry(
    'the state {path} is of format version {version}; this pj ({pjVersion}) knows up to {known}',
    'Use the pj that wrote it, or a newer one. Nothing was changed.',
  ),
  PJ3002: entry(
    'the state {path} cannot be read as a state: {reason}',
    'It was not overwritten. Put a backup in its place, or mend it.',
  ),
  PJ3003: entry(
    'the state {path} was changed by something other than pj: its checksum does not match',
    'It was not overwritten. Put a backup in its place; to keep a change made by hand, use `pj state push`.',
  ),
  PJ3004: entry(
    'the state {path} contradicts itself: {reason}',
    'It was not overwritten. Put a backup in its place, or mend it with `pj state push`.',
  ),
  PJ3005: entry(
    '{path} belongs to another state: its lineage is {found}, the lineage here is {expected}',
    'Use the file of this project. Nothing was changed.',
  ),
  PJ3006: entry(
    'line {line} of the journal {path} is damaged ({reason}), though lines after it are whole',
    'A disk fault or an edit by hand. The journal was left as it is: keep a copy, then remove that line and those after it; what they said is looked up in the engines where it can be.',
  ),
  PJ3007: entry(
    'the journal {path} goes on from serial {base}, but the state is at serial {serial}',
    'The state was put back or replaced while the journal held more. Put the state of serial {base} back, or move the journal away to give up what it says.',
  ),
  PJ3008: entry(
    'the state {path} is gone, though there {what}',
    'It was not made anew, since everything it knew would be made twice. Put a backup back; to begin anew, move the whole .pj folder away.',
  ),
  PJ3010: entry(
    'the state is locked by {holder} for `{operation}` since {since}',
    'Wait for it, or give --lock-timeout SECONDS.',
    EXIT.locked,
  ),
  PJ3011: entry(
    'the lock of this run was taken away (`pj state unlock`?): {what}',
    'What was done stands in the engines. Run `pj plan` when the other run has ended.',
    EXIT.locked,
  ),
  PJ3012: entry(
    'there is no lock {id}: {what}',
    'Nothing was removed. `pj state unlock` needs the id that the message about the lock tells.',
  ),
  PJ3013: entry(
    'interrupted while waiting for the lock that {holder} holds since {since}',
    'Nothing was done. Run the command again.',
    EXIT.interrupted,
  ),
  PJ3020: entry(
    'no space left to write {path}',
    'Free some space and run the command again: it carries on from what is recorded. The step that could not be recorded was not started.',
  ),
  PJ3021: entry(
    'cannot {what} {path}: {reason}',
    'Check the disk and the permissions of the folder, then run the command again: it carries on from what is recorded.',
  ),
  PJ3030: entry('{path} is not a saved plan: {reason}', 'Give a file that `pj plan --out FILE` wrote.'),
  PJ3031: entry(
    'the plan {path} is of format version {version}; this pj knows up to {known}',
    'Use the pj that made the plan, or plan again with this one.',
  ),
  PJ3032: entry(
    'the plan {path} was changed after it was saved: its digest does not match',
    'Nothing was done. Plan again and save it anew.',
    EXIT.refused,
  ),
  PJ3033: entry('the plan {path} is cut short or is not JSON: {reason}', 'Copy the file again, or plan again.'),
  PJ3040: entry('{step} was interrupted: {detail}', 'The next `pj apply` cleans up and carries on.'),
  PJ3041: entry(
    'whether `{step}` happened before the last run was killed cannot be told now: {reason}',
    'It is looked up again by the next command; nothing was forgotten. Make the engine reachable (`pj doctor`) and run it again.',
  ),
  PJ3050: entry('there is no workload {id} in the state', '`pj state list` shows what there is.'),
  PJ3051: entry(
    'cannot rename {from} to {to}: the state already has a workload {to}',
    'Choose another name, or `pj state rm` the other one first.',
  ),
  PJ3052: entry(
    '{id} has a step that was interrupted (`{step}`) and is not settled yet',
    'Run `pj apply` first: it settles it.',
  ),
  PJ3053: entry(
    'the state given has serial {given}, the state here serial {serial}: {what}',
    'Pull again and repeat your change, or push with --force. Nothing was changed.',
    EXIT.refused,
  ),
  PJ3054: entry(
    'the state given has lineage {given}, the state here {lineage}',
    'It is the state of another project. With --force it replaces the one here. Nothing was changed.',
    EXIT.refused,
  ),
  PJ3055: entry('what was given is not a state: {reason}', 'Give what `pj state pull` printed. Nothing was changed.'),
  PJ3056: entry(
    '{id} is not an id',
    'An id begins with a letter or a digit and has letters, digits, `.`, `_` and `-`, 128 at most.',
    EXIT.usage,
  ),
} satisfies Record<string, Entry>;
