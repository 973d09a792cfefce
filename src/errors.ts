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
  PJ3001: entry('the state {path} is of format version {version}; this pj ({pjVersion}) knows up to {known}', 'Use the pj that wrote it, or a newer one. Nothing was changed.'),
  PJ3002: entry('the state {path} cannot be read as a state: {reason}', 'It was not overwritten. Put a backup in its place, or mend it.'),
  PJ3003: entry('the state {path} was changed by something other than pj: its checksum does not match', 'It was not overwritten. Put a backup in its place; to keep a change made by hand, use `pj state push`.'),
  PJ3004: entry('the state {path} contradicts itself: {reason}', 'It was not overwritten. Put a backup in its place, or mend it with `pj state push`.'),
  PJ3005: entry('{path} belongs to another state: its lineage is {found}, the lineage here is {expected}', 'Use the file of this project. Nothing was changed.'),
  PJ3006: entry('line {line} of the journal {path} is damaged ({reason}), though lines after it are whole', 'A disk fault or an edit by hand. The journal was left as it is: keep a copy, then remove that line and those after it; what they said is looked up in the engines where it can be.'),
  PJ3007: entry('the journal {path} goes on from serial {base}, but the state is at serial {serial}', 'The state was put back or replaced while the journal held more. Put the state of serial {base} back, or move the journal away to give up what it says.'),
  PJ3008: entry('the state {path} is gone, though there {what}', 'It was not made anew, since everything it knew would be made twice. Put a backup back; to begin anew, move the whole .pj folder away.'),
  PJ3010: entry('the state is locked by {holder} for `{operation}` since {since}', 'Wait for it, or give --lock-timeout SECONDS.', EXIT.locked),
  PJ3011: entry('the lock of this run was taken away (`pj state unlock`?): {what}', 'What was done stands in the engines. Run `pj plan` when the other run has ended.', EXIT.locked),
  PJ3012: entry('there is no lock {id}: {what}', 'Nothing was removed. `pj state unlock` needs the id that the message about the lock tells.'),
  PJ3013: entry('interrupted while waiting for the lock that {holder} holds since {since}', 'Nothing was done. Run the command again.', EXIT.interrupted),
  PJ3020: entry('no space left to write {path}', 'Free some space and run the command again: it carries on from what is recorded. The step that could not be recorded was not started.'),
  PJ3021: entry('cannot {what} {path}: {reason}', 'Check the disk and the permissions of the folder, then run the command again: it carries on from what is recorded.'),
  PJ3030: entry('{path} is not a saved plan: {reason}', 'Give a file that `pj plan --out FILE` wrote.'),
  PJ3031: entry('the plan {path} is of format version {version}; this pj knows up to {known}', 'Use the pj that made the plan, or plan again with this one.'),
  PJ3032: entry('the plan {path} was changed after it was saved: its digest does not match', 'Nothing was done. Plan again and save it anew.', EXIT.refused),
  PJ3033: entry('the plan {path} is cut short or is not JSON: {reason}', 'Copy the file again, or plan again.'),
  PJ3040: entry('{step} was interrupted: {detail}', 'The next `pj apply` cleans up and carries on.'),
  PJ3041: entry('whether `{step}` happened before the last run was killed cannot be told now: {reason}', 'It is looked up again by the next command; nothing was forgotten. Make the engine reachable (`pj doctor`) and run it again.'),
  PJ3050: entry('there is no workload {id} in the state', '`pj state list` shows what there is.'),
  PJ3051: entry('cannot rename {from} to {to}: the state already has a workload {to}', 'Choose another name, or `pj state rm` the other one first.'),
  PJ3052: entry('{id} has a step that was interrupted (`{step}`) and is not settled yet', 'Run `pj apply` first: it settles it.'),
  PJ3053: entry('the state given has serial {given}, the state here serial {serial}: {what}', 'Pull again and repeat your change, or push with --force. Nothing was changed.', EXIT.refused),
  PJ3054: entry('the state given has lineage {given}, the state here {lineage}', 'It is the state of another project. With --force it replaces the one here. Nothing was changed.', EXIT.refused),
  PJ3055: entry('what was given is not a state: {reason}', 'Give what `pj state pull` printed. Nothing was changed.'),
  PJ5060: entry(
    'the cgroup {path} cannot be made: {reason}',
    'Run pj as root, or in a delegated cgroup; `pj doctor` says which limits this host can hold.',
  ),
  PJ5061: entry('{tool} is needed for {what}, but is not installed', 'Install it: apt-get install {package}'),
  PJ5062: entry('{what} cannot be started as asked: {reason}', 'Correct the descriptor, then apply again.'),
  PJ5063: entry('the cgroup {path} still has {count} processes after {seconds} s', 'Look what they wait for (`ps -o pid,stat,wchan,cmd`); a process in state D cannot be killed before its device answers.'),
  PJ5070: entry('{command} cannot be run: {reason}', 'Check that the program exists and that you may run it.'),
  PJ5071: entry('the file {path} cannot be written: {reason}', 'Check free space and permissions of its folder.'),
  PJ5080: entry('the log {path} cannot be rotated: {reason}', 'Check free space and permissions of its folder; the log goes on growing until then.'),
  PJ5081: entry('the log {path} cannot be read: {reason}', 'Check the permissions of the file.'),
  PJ5201: entry('the agent did not come up within {seconds} s: {why}', 'Look into {log}, or run `pj doctor`.'),
  PJ5202: entry('{path} cannot be used for the agent: {problem}', 'Remove it if it is yours, or point XDG_RUNTIME_DIR (or TMPDIR) at a folder that only you can write to.'),
  PJ5203: entry('the agent program {path} is not there', 'Install pj again, or build it (`npm run build`).'),
  PJ5204: entry('the running agent is of another pj: it speaks protocol {theirs}, this pj speaks protocol {ours}', 'Run `pj agent stop` and this command again. Workloads run on meanwhile.'),
  PJ5205: entry('the connection to the agent broke during {method}', 'The agent has ended or was killed; workloads run on. Run the command again: it starts a new agent, which takes them back.'),
  PJ5206: entry('the agent did not answer {method} within {seconds} s', 'See `.pj/logs/agent.log`. `pj agent stop` ends the agent and leaves workloads running.'),
  PJ5207: entry('the agent of {project} belongs to uid {uid}', 'Run pj as that user, or let that user run `pj agent stop`.', EXIT.refused),
  PJ5208: entry('the agent does not know the call {method}', 'Run `pj agent stop` and this command again.'),
  PJ5209: entry('{path} could not be written: {reason}', 'Free some space or mend the permissions; nothing was started.'),
  PJ5210: entry('the agent refused the call {method}: {reason}', 'This pj and the agent do not agree; run `pj agent stop` and this command again.'),
  PJ5301: entry('{id} could not be started: {reason}', 'Mend what is said above and run `pj apply` again; `pj logs {id}` shows what it wrote.'),
  PJ5302: entry('secret {name} is not available here: run pj apply', 'The agent keeps secrets in memory only and was restarted since; `pj apply` gives them to it again.'),
  PJ5303: entry('{id} could not be stopped: {reason}', 'Look at the process with `ps`; a process in state D waits for the kernel and cannot be killed.'),
  PJ5304: entry('the agent has no workload {id}', 'Run `pj plan`: it shows what is there and what is not.'),
  PJ5305: entry('process {pid} cannot be taken over as {id}: {reason}', 'Give the pid of a running process that is yours and that pj does not run already.'),
  PJ5306: entry('the limits of {id} could not be set: {reason}', 'A limit below what it uses now cannot be set while it runs: choose a higher one, or restart it.'),
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
  PJ4014: entry(
    '{workload} cannot go from {from} to {to}',
    'Run pj plan again: it compares with what really runs.',
  ),
  PJ4015: entry(
    '{workload} was destroyed to be replaced and has not been made again yet',
    'Run pj apply: it makes it.',
  ),
  PJ4016: entry(
    'provider {provider} failed to {action} {workload}: {reason}',
    'Check the engine that runs it (pj doctor), then run pj apply again.',
  ),
  PJ5050: entry(
    '{plural} are not supported by this version of pj: it can run native processes and refer to external services',
    'Remove the descriptor, exclude it (pj plan --exclude ID), or use a version of pj whose pj doctor lists this kind.',
  ),
  PJ5051: entry(
    'there is no provider {name}',
    'The state or the plan was made by a version of pj that has it: use that one.',
  ),
  PJ9001: entry('internal error: {what}', 'This is a bug in pj. Please report it with the text above.'),
} satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof ERRORS;

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
    super(
      ERRORS[code].message.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole)),
      more.cause === undefined ? undefined : { cause: more.cause },
    );
    this.name = code;
    this.code = code;
    this.details = details;
    this.places = more.places ?? [];
    this.frames = more.frames ?? [];
    this.advice = more.advice;
    this.others = more.others ?? [];
  }

  get hint(): string {
    return this.advice ?? ERRORS[this.code].hint;
  }

  get exitCode(): number {
    return ERRORS[this.code].exit;
  }
}

/** Any thrown value as a PjError; what is not one is a bug. */
export function asPjError(thrown: unknown): PjError {
  if (thrown instanceof PjError) return thrown;
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new PjError('PJ9001', { what }, { cause: thrown });
}
