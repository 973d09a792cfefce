import type { Place } from './model/workload.ts';

/** Exit codes, one table. 2 is kept for `plan --detailed-exitcode` and `drift`. */
export const EXIT = {
  ok: 0,
  error: 1,
  changes: 2,
  declined: 3,
  partial: 4,
  refused: 5,
  locked: 6,
  stale: 7,
  usage: 64,
  interrupted: 130,
  terminated: 143,
} as const;

interface Entry {
  /** One sentence; `{name}` is filled in from the error's details. */
  message: string;
  /** How to mend it. */
  hint: string;
  exit: number;
}

const entry = (message: string, hint: string, exit: number = EXIT.error): Entry => ({ message, hint, exit });

/**
 * Every error that pj raises. Ranges: 1xxx descriptors and project file, 2xxx planning, 3xxx state, lock and plan files,
 * 4xxx applying, 5xxx providers, engines and agent, 6xxx the command line, 9xxx bugs. A code is never given a second meaning.
 */
export const ERRORS = {
  PJ1000: entry('{count} errors in the descriptors', 'Correct them one by one; each is told with its place.'),
  PJ1001: entry(
    '{file} cannot be read: {reason}',
    'Mend the file or its permissions, or leave it out with `exclude` in pj.yaml.',
  ),
  PJ1002: entry('this is not valid {format}: {what}', 'Correct the text at this place.'),
  PJ1003: entry('the key `{key}` stands twice in one map', 'Remove one of the two, or put what they hold together.'),
  PJ1004: entry(
    '{file} has {size} MiB, more than the {limit} MiB that are read of one file',
    'Split it, or leave it out with `exclude` in pj.yaml if it is no descriptor.',
  ),
  PJ1005: entry(
    'this document cannot be read: {reason}',
    'Write it without anchors that refer to each other over and over, and with less nesting.',
  ),
  PJ1006: entry('{what}', 'Write keys and values: `applicationId: web`.'),
  PJ1007: entry('there is no folder {dir}', 'Give the project with --dir, or make the folder; `pj init` fills it.'),
  PJ1010: entry(
    'unknown key `{key}` in {where}{suggestion}',
    'Correct or remove the key; the reference lists all keys.',
  ),
  PJ1011: entry('{where} lacks `{key}`', 'Add the key.'),
  PJ1012: entry('`{key}` must be {expected}, but is {value}', 'Correct the value.'),
  PJ1013: entry(
    'two kinds in one descriptor: `{key}` says {kind}, `{otherKey}` says {otherKind}',
    'Keep the keys of one kind, or make two descriptors of it.',
  ),
  PJ1014: entry(
    '`kind: {kind}` does not agree with `{key}`, which says {otherKind}',
    'Remove `kind`, or the keys of the other kind.',
  ),
  PJ1015: entry('`{key}` is {value}, but `{other}` says {otherValue}', 'Both name the same thing: remove one of them.'),
  PJ1016: entry(
    'this has no `native`, `container`, `vm` or `external` block, so it is a Java application, and those need a `mainClass`',
    'Add the block of its kind, or `mainClass` for a Java application.',
  ),
  PJ1017: entry(
    '`{key}` must be known before planning, but {template} is not',
    'Use a variable that is not sensitive, or write the value itself.',
  ),
  PJ1018: entry('{what} needs {needs}', 'Add what is missing.'),
  PJ1019: entry(
    '`{key}` holds {sources}, but everybody on the machine can read the words of a command line',
    'Give it to the program through `env` instead. What is not secret can be a variable that is not sensitive (PJ_VAR_name).',
  ),
  PJ1020: entry('{raw} cannot be read: {reason}', 'Write `$${` where a literal `${` is meant.'),
  PJ1021: entry(
    'there is no variable `{name}`{suggestion}',
    'Declare it under `variables` in pj.yaml, or correct the name.',
  ),
  PJ1022: entry(
    'there is no secret `{name}`{suggestion}',
    'Declare it under `secrets` in pj.yaml with its source (env, file or command), or correct the name.',
  ),
  PJ1023: entry(
    'the environment variable `{name}` is not set{suggestion}',
    'Set it, or give a default: ${env.NAME:-default}.',
  ),
  PJ1024: entry('there is no workload `{id}` to refer to{suggestion}', 'Correct the id, or add a descriptor for it.'),
  PJ1026: entry('{raw} names nothing{suggestion}', 'Use ${self.id}, ${self.name}, ${project.name} or ${index}.'),
  PJ1027: entry(
    '`{id}` is {replicas} workloads, {id}-0 to {id}-{last}: it is not clear which is meant',
    'Refer to one of the replicas.',
  ),
  PJ1028: entry(
    '`{id}` refers to itself: what it is given cannot depend on what it becomes',
    'Use ${self.id} for its id; write the value itself otherwise.',
  ),
  PJ1030: entry(
    'the variable `{name}` has no value',
    'Set it with --var NAME=VALUE, in a --var-file, as PJ_VAR_NAME, or give it a `default` in pj.yaml.',
  ),
  PJ1031: entry(
    'the variable `{name}` must be {type}, but {from} gives {value}',
    'Correct the value, or the `type` in pj.yaml.',
  ),
  PJ1032: entry(
    '{from} sets `{name}`, but pj.yaml declares no such variable{suggestion}',
    'Correct the name, or declare it under `variables` in pj.yaml.',
  ),
  PJ1040: entry(
    'the id `{id}` is taken',
    'Give one of the two another `applicationId`; replicas are called ID-0, ID-1, …',
  ),
  PJ1041: entry(
    '`{id}` depends on `{on}`, which is in no descriptor{suggestion}',
    'Correct the id, add a descriptor for it, or mark the dependency `optional: true`.',
  ),
  PJ1042: entry(
    'a cycle of dependencies: {cycle}',
    'Remove one of these dependencies: nothing in a cycle could start first.',
  ),
  PJ1043: entry(
    '`{id}` and `{other}` both take port {port} of this host',
    'Give one of them another port, or `desiredState: stopped`.',
  ),
  PJ1044: entry(
    '`{id}` waits for `{on}` to be completed, but {reason}',
    'Only something that runs to its end can be completed: a native workload with `type: job`.',
  ),
  PJ1045: entry(
    '`{id}` asks for {asked} of {resource}, but this host has {has}',
    'Ask for less, or run it on a larger host.',
  ),
  PJ1046: entry('`{id}` depends on `{on}` twice', 'Keep one of the two.'),
  PJ1047: entry(
    '`{id}` waits for `{on}` to be healthy, but that has no health check: it waits until it runs',
    'Give it a healthCheck, or use `condition: started`.',
  ),
  PJ1051: entry('pj.yaml contradicts itself or the descriptors: {what}', 'Correct `moved` or `forget`.'),
  PJ1060: entry(
    '{count} sensitive values cannot be had: {list}',
    'Set the environment variables, or mend the sources under `secrets` in pj.yaml.',
  ),
  PJ1061: entry(
    'the key of the digests cannot be used: {reason}',
    'PJ_DIGEST_KEY and .pj/key hold 64 hexadecimal digits; restore the key, or remove .pj/key (every sensitive value then shows as changed).',
  ),
  PJ1062: entry('sensitive value {name} was not resolved before it was used', 'This is a bug in pj. Please report it.'),
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
  PJ3056: entry(
    '{id} is not an id',
    'An id begins with a letter or a digit and has letters, digits, `.`, `_` and `-`, 128 at most.',
    EXIT.usage,
  ),
  PJ3055: entry('what was given is not a state: {reason}', 'Give what `pj state pull` printed. Nothing was changed.'),
  PJ5060: entry(
    'the cgroup {path} cannot be made: {reason}',
    'Run pj as root, or in a delegated cgroup; `pj doctor` says which limits this host can hold.',
  ),
  PJ5061: entry('{tool} is needed for {what}, but is not installed', 'Install it: apt-get install {package}'),
  PJ5062: entry('{what} cannot be started as asked: {reason}', 'Correct the descriptor, then apply again.'),
  PJ5063: entry(
    'the cgroup {path} still has {count} processes after {seconds} s',
    'Look what they wait for (`ps -o pid,stat,wchan,cmd`); a process in state D cannot be killed before its device answers.',
  ),
  PJ5070: entry('{command} cannot be run: {reason}', 'Check that the program exists and that you may run it.'),
  PJ5071: entry('the file {path} cannot be written: {reason}', 'Check free space and permissions of its folder.'),
  PJ5080: entry(
    'the log {path} cannot be rotated: {reason}',
    'Check free space and permissions of its folder; the log goes on growing until then.',
  ),
  PJ5081: entry('the log {path} cannot be read: {reason}', 'Check the permissions of the file.'),
  PJ5201: entry('the agent did not come up within {seconds} s: {why}', 'Look into {log}, or run `pj doctor`.'),
  PJ5202: entry(
    '{path} cannot be used for the agent: {problem}',
    'Remove it if it is yours, or point XDG_RUNTIME_DIR (or TMPDIR) at a folder that only you can write to.',
  ),
  PJ5203: entry('the agent program {path} is not there', 'Install pj again, or build it (`npm run build`).'),
  PJ5204: entry(
    'the running agent is of another pj: it speaks protocol {theirs}, this pj speaks protocol {ours}',
    'Run `pj agent stop` and this command again. Workloads run on meanwhile.',
  ),
  PJ5205: entry(
    'the connection to the agent broke during {method}',
    'The agent has ended or was killed; workloads run on. Run the command again: it starts a new agent, which takes them back.',
  ),
  PJ5206: entry(
    'the agent did not answer {method} within {seconds} s',
    'See `.pj/logs/agent.log`. `pj agent stop` ends the agent and leaves workloads running.',
  ),
  PJ5207: entry(
    'the agent of {project} belongs to uid {uid}',
    'Run pj as that user, or let that user run `pj agent stop`.',
    EXIT.refused,
  ),
  PJ5208: entry('the agent does not know the call {method}', 'Run `pj agent stop` and this command again.'),
  PJ5209: entry(
    '{path} could not be written: {reason}',
    'Free some space or mend the permissions; nothing was started.',
  ),
  PJ5210: entry(
    'the agent refused the call {method}: {reason}',
    'This pj and the agent do not agree; run `pj agent stop` and this command again.',
  ),
  PJ5301: entry(
    '{id} could not be started: {reason}',
    'Mend what is said above and run `pj apply` again; `pj logs {id}` shows what it wrote.',
  ),
  PJ5302: entry(
    'secret {name} is not available here: run pj apply',
    'The agent keeps secrets in memory only and was restarted since; `pj apply` gives them to it again.',
  ),
  PJ5303: entry(
    '{id} could not be stopped: {reason}',
    'Look at the process with `ps`; a process in state D waits for the kernel and cannot be killed.',
  ),
  PJ5304: entry('the agent has no workload {id}', 'Run `pj plan`: it shows what is there and what is not.'),
  PJ5305: entry(
    'process {pid} cannot be taken over as {id}: {reason}',
    'Give the pid of a running process that is yours and that pj does not run already.',
  ),
  PJ5306: entry(
    'the limits of {id} could not be set: {reason}',
    'A limit below what it uses now cannot be set while it runs: choose a higher one, or restart it.',
  ),
  PJ5308: entry(
    'secret {name} has changed since it was applied: run pj apply',
    'The agent starts nothing again with another value than the one that was applied; `pj apply` takes the new value up.',
  ),
  PJ5309: entry(
    'secret {name} is not available here ({reason}): run pj apply',
    'The agent asks its source again at the next try of the restart policy; `pj apply` starts it at once.',
  ),
  PJ5307: entry('volume {volume} of {id}: {reason}', 'Mend the path in the descriptor, or what stands at that place.'),
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
  PJ5050: entry(
    '{plural} are not supported by this version of pj: it can run native processes and refer to external services',
    'Remove the descriptor, exclude it (pj plan --exclude ID), or use a version of pj whose pj doctor lists this kind.',
  ),
  PJ5051: entry(
    'there is no provider {name}',
    'The state or the plan was made by a version of pj that has it: use that one.',
  ),
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
  PJ2090: entry(
    'the plan is refused: {what}',
    'Take the guard away in the descriptor and apply that first, or leave the workload out with --exclude.',
    EXIT.refused,
  ),
  PJ2091: entry('the saved plan is stale: {reasons}', 'Make a new plan and review it.', EXIT.stale),
  PJ5000: entry('{id}: {message}', 'Mend the descriptor, or this machine.'),
  PJ6090: entry('there is no state in {dir}', 'Nothing was applied here yet: run `pj apply`.'),
  PJ6091: entry('there is no workload {id} in the state{near}', '`pj state list` shows what there is.'),
  PJ6092: entry('{id} has no output of its own: it is {kind}', 'Name a workload that pj runs.'),
  PJ6093: entry(
    'no descriptor describes {id}{near}',
    'Write its descriptor first; import then finds what runs for it.',
  ),
  PJ6094: entry('{id} cannot be imported: nothing of kind {kind} is run by pj', 'Import native processes.'),
  PJ6095: entry('{id} is in the state already', 'Forget it first (`pj state rm {id}`), if it really is another one.'),
  PJ6096: entry('there is a project in {dir} already', 'Edit its pj.yaml, or choose another directory.'),
  PJ6097: entry('{path} is there already', 'Move it away, or choose another directory.'),
  PJ6098: entry('another run is at work in this project', 'Wait for it, then look again.', EXIT.locked),
  PJ9001: entry('internal error: {what}', 'This is a bug in pj. Please report it with the text above.'),
} satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof ERRORS;

/** True for a code of the table. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** Something the user can understand and mend. Anything else that is thrown is a bug and becomes PJ9001. */
export class PjError extends Error {
  readonly code: ErrorCode;
  readonly details: Record<string, string | number>;
  readonly places: Place[];
  /** Code frames of the places, as text; made where the source is at hand. */
  readonly frames: string[];
  /** More hint than the table's, for this case. */
  readonly advice: string | undefined;
  /** Several errors found in one run. */
  readonly others: PjError[];

  constructor(
    code: ErrorCode,
    details: Record<string, string | number> = {},
    more: { places?: Place[]; frames?: string[]; advice?: string; cause?: unknown; others?: PjError[] } = {},
  ) {
    super(filled(ERRORS[code].message, details), more.cause === undefined ? undefined : { cause: more.cause });
    this.name = code;
    this.code = code;
    this.details = details;
    this.places = more.places ?? [];
    this.frames = more.frames ?? [];
    this.advice = more.advice;
    this.others = more.others ?? [];
  }

  get hint(): string {
    return this.advice ?? filled(ERRORS[this.code].hint, this.details);
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

function filled(text: string, details: Record<string, string | number>): string {
  return text.replace(/(?<!\$)\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

/** Any thrown value as a PjError; what is not one is a bug. */
export function asPjError(thrown: unknown): PjError {
  if (thrown instanceof PjError) return thrown;
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new PjError('PJ9001', { what }, { cause: thrown });
}
