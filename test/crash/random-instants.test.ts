import { afterEach, describe, expect, it } from 'vitest';
import { Scratch } from '../support/pj.ts';
import { CRASH_PROJECT, convergesByApply, convergesByDestroy } from './project.ts';

let scratch: Scratch | undefined;
afterEach(async () => {
  await scratch?.cleanUp();
  scratch = undefined;
});

const KILLS = Number(process.env['PJ_CRASH_KILLS'] ?? 200);

/** How long the command takes here when nobody kills it, in ms: kills are spread over that. */
async function lengthOf(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}

describe(`killed at ${KILLS} random instants`, () => {
  it('apply and destroy', async () => {
    const pj = new Scratch(CRASH_PROJECT);
    scratch = pj;
    const forApply = await lengthOf(() => pj.ok(['apply', '--auto-approve']));
    const forDestroy = await lengthOf(() => pj.ok(['destroy', '--auto-approve']));
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      if (round > KILLS * 2) throw new Error(`only ${kills} of ${round * 2} runs could be killed in time`);
      for (const [command, length] of [
        ['apply', forApply],
        ['destroy', forDestroy],
      ] as const) {
        const instant = Math.random() * length;
        const run = pj.start([command, '--auto-approve', '--lock-timeout=20s']);
        const timer = setTimeout(() => run.kill('SIGKILL'), instant);
        const ran = await run.done;
        clearTimeout(timer);
        if (ran.signal === 'SIGKILL') kills++;
        const context = `${command} killed after ${Math.round(instant)} ms (kill ${kills})`;
        if (command === 'apply') await convergesByApply(pj, context);
        else await convergesByDestroy(pj, context);
      }
    }
    console.log(`apply and destroy were killed at ${kills} random instants: 0 orphans, 0 duplicates, 0 corrupt states`);
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  });

  it('the agent, while it starts, watches and stops', async () => {
    const pj = new Scratch(CRASH_PROJECT);
    scratch = pj;
    let kills = 0;
    for (let round = 0; kills < KILLS; round++) {
      if (round > KILLS * 4) throw new Error(`only ${kills} agents could be killed in ${round} runs`);
      const command = round % 2 === 0 ? 'apply' : 'destroy';
      const run = pj.start([command, '--auto-approve', '--lock-timeout=20s'], { PJ_VAR_size: String(round) });
      const running = { now: true };
      const done = run.done.finally(() => (running.now = false));
      // As many kills as this run gives time for; each may hit an agent that has only just been started.
      while (running.now) {
        await new Promise((next) => setTimeout(next, 20 + Math.random() * 250));
        for (const pid of pj.agents()) {
          process.kill(pid, 'SIGKILL');
          kills++;
        }
      }
      await done; // it may have failed: the agent was taken from it
      const env = { PJ_VAR_size: String(round) };
      pj.env = { ...pj.env, ...env };
      if (command === 'apply') await convergesByApply(pj, `agent killed during apply ${round}`);
      else await convergesByDestroy(pj, `agent killed during destroy ${round}`);
    }
    console.log(`the agent was killed at ${kills} random instants: 0 orphans, 0 duplicates`);
    expect(kills).toBeGreaterThanOrEqual(KILLS);
  });
});
