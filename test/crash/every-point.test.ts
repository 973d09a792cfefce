import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Scratch, until } from '../support/pj.ts';
import { CRASH_PROJECT, convergesByApply, convergesByDestroy } from './project.ts';

let scratch: Scratch | undefined;
afterEach(async () => {
  await scratch?.cleanUp();
  scratch = undefined;
});

/** More points than any run here has; a run that ends by itself before its point has shown that there are no more. */
const MOST = 500;

/** Where an agent may die during an apply of new workloads. */
const PLACES = [
  'registry:after-write',
  'registry:before-rename',
  'registry:before-write',
  'start:after-spawn',
  'start:before-spawn',
];

describe('killed before and after every journal append and every provider call', () => {
  it('apply: the next apply converges, no orphan, no duplicate, no corrupt state', async () => {
    const pj = new Scratch(CRASH_PROJECT);
    scratch = pj;
    let kills = 0;
    for (let n = 1; n <= MOST; n++) {
      const ran = await pj.pj(['apply', '--auto-approve', '--lock-timeout=20s'], { PJ_CRASH_AT: String(n) });
      if (ran.signal !== 'SIGKILL') break;
      kills++;
      await convergesByApply(pj, `apply killed at point ${n}`);
      await convergesByDestroy(pj, `after apply killed at point ${n}`);
    }
    console.log(`apply was killed at ${kills} points: 0 orphans, 0 duplicates, 0 corrupt states`);
    expect(kills).toBeGreaterThan(40);
    expect(kills).toBeLessThan(MOST);
  });

  it('destroy: the next destroy leaves nothing', async () => {
    const pj = new Scratch(CRASH_PROJECT);
    scratch = pj;
    let kills = 0;
    for (let n = 1; n <= MOST; n++) {
      await pj.ok(['apply', '--auto-approve', '--lock-timeout=20s']);
      const ran = await pj.pj(['destroy', '--auto-approve', '--lock-timeout=20s'], { PJ_CRASH_AT: String(n) });
      if (ran.signal !== 'SIGKILL') break;
      kills++;
      await convergesByDestroy(pj, `destroy killed at point ${n}`);
    }
    console.log(`destroy was killed at ${kills} points: 0 orphans, 0 corrupt states`);
    expect(kills).toBeGreaterThan(20);
    expect(kills).toBeLessThan(MOST);
  });

  it('the agent: what it watched runs on or is healed, nothing is doubled', async () => {
    const pj = new Scratch(CRASH_PROJECT);
    scratch = pj;
    const places: string[] = [];
    let healed = 0;
    for (let n = 1; n <= MOST; n++) {
      // The agents that this apply starts inherit the point; the first to reach it makes the file and dies, those after it live.
      const died = join(pj.runtime, `died-${n}`);
      const ran = await pj.pj(['apply', '--auto-approve', '--lock-timeout=20s'], { PJ_AGENT_CRASH_AT: `${n}:${died}` });
      if (!existsSync(died)) {
        // Every agent has lived through the whole apply: there are no more points.
        expect(ran.code).toBe(0);
        expect(pj.agents().length).toBe(1);
        await convergesByDestroy(pj, `agent with point ${n} still alive`);
        break;
      }
      places.push(readFileSync(died, 'utf8'));
      if (ran.code === 0) healed++;
      await convergesByApply(pj, `agent killed at point ${n}`);
      await convergesByDestroy(pj, `after agent killed at point ${n}`);
      await until('the agent to end', () => pj.agents().length === 0);
    }
    const kills = places.length;
    console.log(
      `the agent was killed at ${kills} points (${healed} healed by the same apply): 0 orphans, 0 duplicates`,
    );
    expect(kills).toBeGreaterThan(20);
    expect(kills).toBeLessThan(MOST);
    // Every kind of place was one of them.
    expect([...new Set(places)].sort()).toEqual(PLACES);
  });
});
