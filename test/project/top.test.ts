import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TopLook } from '../../src/model/top.ts';
import type { Run } from '../../src/project/run.ts';
import { topRun } from '../../src/project/top.ts';
import { type Opened, opened, sleeper, storeOf } from './ground.ts';

let here: Opened;
beforeEach(async () => {
  here = opened({ 'a.yaml': sleeper('a') });
  await here.project.apply();
  // What runs is not asked of it here.
  await here.project.agent.stop();
});
afterEach(() => here.pj.cleanUp());

type Answers = { read?: () => Promise<unknown>; sample?: () => Promise<unknown> };

/** Looks of `pj top` at the real state, where the engine answers as the test says; the clock stands but for sleeps. */
function looks(answers: Answers): AsyncGenerator<TopLook> {
  let now = 0;
  const run = {
    dir: here.pj.dir,
    options: { env: here.pj.env },
    signal: new AbortController().signal,
    store: storeOf(here.pj),
    engines: { provider: async () => answers },
    clock: {
      now: () => new Date(now),
      monotonic: () => now,
      // Each sleep lets everything else that is there to be done be done first.
      sleep: async (ms: number, signal?: AbortSignal) => {
        await new Promise((next) => setTimeout(next, 20));
        if (signal?.aborted !== true) now += ms;
      },
    },
  } as unknown as Run;
  return topRun(run, [], { interval: 1000 });
}

const never = (): Promise<never> => new Promise(() => undefined);
const runs = { id: 'a', status: 'running', attributes: {}, fields: {} };
const shortly = async (all: AsyncGenerator<TopLook>) => {
  const { value } = await all.next();
  const { notes, workloads } = value as TopLook;
  return { notes: notes.slice(1), state: workloads[0]?.state, memory: workloads[0]?.memory };
};

it('an engine that never says what runs does not hold it up: what it runs is unknown, and it is named', async () => {
  const all = looks({ read: never, sample: async () => [{ id: 'a', memory: 5 }] });
  const mute = { notes: ['native: does not answer within 3 s'], state: 'UNKNOWN', memory: 5 };
  expect(await shortly(all)).toEqual(mute);
  expect(await shortly(all)).toEqual(mute);
  await all.return(undefined);
});

it('an engine that never says what is used does not either, and is asked again only after a while', async () => {
  let asked = 0;
  const sample = (): Promise<never> => {
    asked += 1;
    return never();
  };
  const all = looks({ read: async () => [runs], sample });
  for (let look = 0; look < 5; look += 1)
    expect(await shortly(all)).toEqual({ notes: ['native: does not answer within 3 s'], state: 'RUNNING' });
  expect(asked).toBe(1);
  await all.return(undefined);
});

it('takes an answer that comes late, and says no more that there is none', async () => {
  let answer = (_: unknown[]): void => undefined;
  const all = looks({ read: () => new Promise((done) => (answer = done)), sample: async () => [] });
  expect(await shortly(all)).toMatchObject({ state: 'UNKNOWN' });
  answer([runs]);
  expect(await shortly(all)).toEqual({ notes: [], state: 'RUNNING' });
  await all.return(undefined);
});
