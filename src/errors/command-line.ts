import { type Entry, EXIT, entry } from './entry.ts';

/** The command line and bugs: PJ6xxx, PJ9xxx. */
export const COMMAND_LINE_ERRORS = {
  PJ6001: entry('there is no command `pj {command}`', '`pj --help` lists the commands.', EXIT.usage),
  PJ6002: entry('`pj {command}` has no flag {flag}', '`pj {command} --help` lists its flags.', EXIT.usage),
  PJ6003: entry('`pj {command}` needs {args}', '`pj {command} --help` shows how it is called.', EXIT.usage),
  PJ6004: entry(
    '`pj {command}` takes no further argument: {args}',
    '`pj {command} --help` shows how it is called.',
    EXIT.usage,
  ),
  PJ6005: entry('wrong use of `pj {command}`: {what}', '`pj {command} --help` shows how it is called.', EXIT.usage),
  PJ6006: entry(
    'a saved plan is applied exactly as it is, so {flags} cannot be honoured',
    'Give these to `pj plan --out FILE`, then apply that file.',
    EXIT.usage,
  ),
  PJ6007: entry(
    '{command} needs approval, and there is nobody to ask: {why}',
    'Say --auto-approve, or apply a plan that was saved with `pj plan --out FILE` and reviewed.',
    EXIT.usage,
  ),
  PJ6008: entry(
    '{flag} {text}: not a duration',
    'Give seconds (`30`) or a number with a unit: 500ms, 30s, 5m, 1h.',
    EXIT.usage,
  ),
  PJ6009: entry(
    '--var {text}: not NAME=VALUE',
    'Write --var port=8080. Sensitive values belong into the environment (PJ_VAR_NAME) or a file (--var-file), where `ps` does not show them.',
    EXIT.usage,
  ),
  PJ6010: entry('{path} cannot be written: {reason}', 'Check that its folder exists and that you may write there.'),
  PJ6011: entry(
    'there is nothing to explain under {topic}{near}',
    'Give an error code (PJ3010), an exit code (7) or a key of a descriptor (restart.policy). docs/reference lists all.',
    EXIT.usage,
  ),
  PJ6012: entry(
    '{flag} {text}: not a moment',
    'Give an ISO date (2026-11-22T10:00:00Z) or how long ago: 30s, 5m, 2h.',
    EXIT.usage,
  ),
  PJ6013: entry('{path} cannot be read: {reason}', 'Check the path and the permissions.'),
  PJ6014: entry(
    'the output could not be written: {reason}',
    'What the command did stands; only its output is incomplete.',
  ),
  PJ6090: entry('there is no state in {dir}', 'Nothing was applied here yet: run `pj apply`.'),
  PJ6091: entry('there is no workload {id} in the state{near}', '`pj state list` shows what there is.'),
  PJ6092: entry('{id} has no output of its own: it is {kind}', 'Name a workload that pj runs.'),
  PJ6093: entry(
    'no descriptor describes {id}{near}',
    'Write its descriptor first; import then finds what runs for it.',
  ),
  PJ6094: entry(
    '{id} cannot be imported: nothing of kind {kind} is run by pj',
    'Import native processes, containers or virtual machines.',
  ),
  PJ6095: entry('{id} is in the state already', 'Forget it first (`pj state rm {id}`), if it really is another one.'),
  PJ6096: entry('there is a project in {dir} already', 'Edit its pj.yaml, or choose another directory.'),
  PJ6097: entry('{path} is there already', 'Move it away, or choose another directory.'),
  PJ6098: entry('another run is at work in this project', 'Wait for it, then look again.', EXIT.locked),
  PJ6100: entry('no command can be run in {id}: it is {kind}', 'Name a container or a virtual machine.'),
  PJ6101: entry('{id} has no console: it is {kind}', 'Name a virtual machine; only these have one.'),
  PJ6102: entry(
    'there are no snapshots of {id}: it is {kind}',
    'Name a virtual machine (kind vm); only these have snapshots.',
  ),
  PJ9001: entry('internal error: {what}', 'This is a bug in pj. Please report it with the text above.'),
} satisfies Record<string, Entry>;
