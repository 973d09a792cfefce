import { type Entry, EXIT, entry } from './entry.ts';

/** Providers, engines and the agent: PJ5xxx. */
export const ENGINE_ERRORS = {
  PJ5000: entry('{id}: {message}', 'Mend the descriptor, or this machine.'),
  PJ5051: entry(
    'there is no provider {name}',
    'The state or the plan was made by a version of pj that has it: use that one.',
  ),
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
  PJ5211: entry(
    'an agent is there that does not answer, so {id} cannot be taken out of its care',
    'Run `pj agent stop` and this command again. Workloads run on meanwhile.',
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
  PJ5310: entry(
    '{id} still runs since it was forgotten (pid {pid})',
    'Take it back with `pj import {id} {pid}`, or end that process yourself; then run `pj apply` again.',
  ),
  PJ5307: entry('volume {volume} of {id}: {reason}', 'Mend the path in the descriptor, or what stands at that place.'),
  PJ5308: entry(
    'secret {name} has changed since it was applied: run pj apply',
    'The agent starts nothing again with another value than the one that was applied; `pj apply` takes the new value up.',
  ),
  PJ5309: entry(
    'secret {name} is not available here ({reason}): run pj apply',
    'The agent asks its source again at the next try of the restart policy; `pj apply` starts it at once.',
  ),
} satisfies Record<string, Entry>;
