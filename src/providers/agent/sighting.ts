import type { Sighting } from '../../agent/calls.ts';
import { type Entry, isActive } from '../../agent/entry.ts';
import type { Observed } from '../../model/observed.ts';
import { restartPolicy } from '../../model/spec.ts';
import { describeExit } from '../../os/process.ts';

/** When it came to this. Of what died while nobody watched, the time is not known: none is told, rather than that of its start or of its discovery. */
export function sinceOf({ entry, alive }: Sighting): { since?: string } {
  if (alive || entry.phase === 'created' || entry.phase === 'stopped') return { since: entry.since };
  // It is busy by the registry and not there: that is all that is known.
  if (isActive(entry) && entry.phase !== 'backoff') return {};
  if (entry.lastExit === null) return { since: entry.since };
  return entry.lastExit.at === null ? {} : { since: entry.lastExit.at };
}

/** A service that ended by itself is dead however it ended: it should go on. */
export function statusOf(entry: Entry, alive: boolean): Observed['status'] {
  if (alive) return 'running';
  if (entry.phase === 'completed') return 'completed';
  return entry.phase === 'created' || entry.phase === 'stopped' || entry.phase === 'stopping' ? 'stopped' : 'dead';
}

/** Down, while the agent is about to start it again, or just does. */
export function isRestarting({ entry, alive, watched }: Sighting): boolean {
  const between = entry.phase === 'backoff' || entry.phase === 'starting';
  return !alive && watched && between && entry.wanted === 'running';
}

/** Why it is as it is, for people. */
export function detailsOf({ entry, alive, watched, mute }: Sighting): string[] {
  const details: string[] = [];
  if (entry.phase === 'completed') return details;
  if (!alive && isActive(entry) && entry.phase !== 'backoff') {
    if (entry.phase === 'stopping') details.push('was being stopped');
    else if (entry.phase === 'starting' && watched) details.push('is being started');
    else details.push('exit unknown: no agent watched it');
  } else if (!alive && entry.lastExit !== null) {
    const { code, signal, oomKilled } = entry.lastExit;
    details.push(describeExit(code, signal as NodeJS.Signals | null) + (oomKilled ? ', OOM-killed' : ''));
  }
  if (!alive && entry.reason !== null) details.push(entry.reason);
  if (entry.phase === 'backoff') {
    const { maxAttempts } = restartPolicy(entry.spec);
    const of = maxAttempts > 0 ? ` of ${maxAttempts}` : '';
    details.push(`the agent starts it again at ${entry.nextStart ?? 'once'} (restart ${entry.attempts}${of})`);
  }
  if (alive && !watched) details.push(mute === true ? 'the agent does not answer' : 'no agent watches it');
  return details;
}
