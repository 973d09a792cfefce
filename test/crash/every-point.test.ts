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
    let kills = 0;
    for (let n = 1; n <= MOST; n++) {
      // The agent that this apply starts inherits the point at which it ends itself.
      await pj.pj(['apply', '--auto-approve', '--lock-timeout=20s'], { PJ_AGENT_CRASH_AT: String(n) });
      const agents = pj.agents();
      if (agents.length > 0) {
        // It has lived through the whole apply: that point lies beyond it.
        await convergesByDestroy(pj, `agent with point ${n} still alive`);
        break;
      }
      kills++;
      await convergesByApply(pj, `agent killed at point ${n}`);
      await convergesByDestroy(pj, `after agent killed at point ${n}`);
      await until('the agent to end', () => pj.agents().length === 0);
    }
    console.log(`the agent was killed at ${kills} points: 0 orphans, 0 duplicates`);
    expect(kills).toBeGreaterThan(10);
    expect(kills).toBeLessThan(MOST);
  });
});
