import { afterEach, describe, expect, it } from 'vitest';
import { type Event, openProject, PjError } from '../../src/index.ts';
import { Scratch } from '../support/pj.ts';

let scratch: Scratch | undefined;
afterEach(async () => {
  await scratch?.cleanUp();
  scratch = undefined;
});

const TWO = {
  'all.yaml': `applicationId: first
native: { command: /bin/sleep, args: ["100000"] }
---
applicationId: second
dependencies: [first]
native: { command: /bin/sleep, args: ["100000"] }
`,
};

describe('the programmatic API', () => {
  it('plans, applies with events, finds no drift, destroys', async () => {
    const pj = new Scratch(TWO);
    scratch = pj;
    const events: Event[] = [];
    const project = openProject({
      dir: pj.dir,
      env: { ...process.env, ...pj.env },
      onEvent: (event) => events.push(event),
    });
    expect((await project.validate()).errors).toEqual([]);
    expect((await project.plan()).summary).toEqual({ add: 2, change: 0, destroy: 0, forget: 0 });
    const applied = await project.apply();
    expect(applied.outcome).toBe('ok');
    expect(
      events
        .filter((event) => event.type === 'step_complete')
        .map((event) => event.type === 'step_complete' && event.step.id),
    ).toEqual([expect.stringMatching(/^create/), expect.stringMatching(/^create/), 'start first', 'start second']);
    expect(await project.drift()).toEqual([]);
    expect((await project.status()).map(({ id, state }) => [id, state])).toEqual([
      ['first', 'RUNNING'],
      ['second', 'RUNNING'],
    ]);
    expect((await project.destroy()).result?.summary).toEqual({ add: 0, change: 0, destroy: 2, forget: 0 });
  });

  it('an approval that says no leaves everything as it was', async () => {
    const pj = new Scratch(TWO);
    scratch = pj;
    const project = openProject({ dir: pj.dir, env: { ...process.env, ...pj.env } });
    expect((await project.apply({ approve: async () => false })).outcome).toBe('declined');
    expect(await project.status()).toEqual([]);
  });

  it('throws what is wrong as a PjError with code, hint and exit code', async () => {
    const pj = new Scratch({ 'a.yaml': 'applicationId: a\nnative: { comand: x }\n' });
    scratch = pj;
    const project = openProject({ dir: pj.dir, env: { ...process.env, ...pj.env } });
    const error = await project.plan().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PjError);
    expect(error).toMatchObject({ code: expect.stringMatching(/^PJ1/), exitCode: 1 });
  });
});
