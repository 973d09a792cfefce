import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';

/** Both engines look at every interface of the host to find a free subnet, and give up when one of them goes away meanwhile. */
const RACE = /no such network interface/;
const TRIES = 5;
/** Milliseconds. */
const PAUSE = 50;

/** Makes a call again that failed only because an interface of somebody else's went away while the engine looked at it. */
export async function despiteRaces<T>(call: () => Promise<T>, { signal }: CallContext): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (thrown) {
      const raced = thrown instanceof PjError && RACE.test(String(thrown.details['reason']));
      if (!raced || attempt === TRIES) throw thrown;
      await sleep(PAUSE * attempt, undefined, { signal });
    }
  }
}
