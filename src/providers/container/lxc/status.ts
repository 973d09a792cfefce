import type { ObservedStatus } from '../../../model/observed.ts';
import { describeExit } from '../../../os/process.ts';
import type { SeenContainer } from './seen-container.ts';

/** What a container has come to, with the reason for people. */
export function exitStatus(seen: SeenContainer): { status: ObservedStatus; detail?: string } {
  const { state, exit } = seen;
  switch (state) {
    case 'running':
    case 'paused':
      return { status: state };
    case 'created':
      return { status: 'stopped' };
    case 'stopped':
      return { status: 'stopped', ...(exit === undefined ? {} : { detail: describeExit(exit.code, null) }) };
    case 'ended': {
      const detail = describeExit(exit?.code ?? null, null);
      const good = exit !== undefined && seen.marks?.facts.job === true && exit.code === 0;
      return { status: good ? 'completed' : 'dead', detail };
    }
    default:
      return state satisfies never;
  }
}
