import type { ObservedStatus } from '../../../../model/observed.ts';
import { describeExit } from '../../../../os/process.ts';
import type { SeenContainer } from './seen-container.ts';

/** What a container has come to, with the reason for people. */
export function exitStatus(seen: SeenContainer): { status: ObservedStatus; detail?: string } {
  const { state, exit } = seen;
  switch (state) {
    case 'running':
    case 'paused':
      // It lacks the environment, which only pj can give it.
      if (seen.marks !== undefined && seen.run === undefined && seen.left !== true)
        return { status: state, detail: 'started by somebody else (lxc-start)' };
      return { status: state };
    case 'created':
      return { status: 'stopped' };
    case 'stopped':
      return { status: 'stopped', ...(exit === undefined ? {} : { detail: describeExit(exit.code, null) }) };
    case 'ended': {
      if (seen.left === true) return { status: 'dead', detail: 'exit unknown: not all of it has ended yet' };
      const detail = describeExit(exit?.code ?? null, null);
      const good = exit !== undefined && seen.marks?.facts.job === true && exit.code === 0;
      return { status: good ? 'completed' : 'dead', detail };
    }
    default:
      return state satisfies never;
  }
}
