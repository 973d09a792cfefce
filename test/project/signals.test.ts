import { afterEach, describe, expect, it } from 'vitest';
import type { Event } from '../../src/model/event.ts';
import { failure, type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

/** A job that takes some time, and one that comes after it. */
const CHAIN = {
  'all.yaml': `applicationId: first
native: { type: job, command: /bin/sleep, args: ["0.3"] }
---
applicationId: last
dependencies: [{ id: first, condition: completed }]
${'native: { command: /bin/sleep, args: ["100000"] }'}
`,
};

describe('the signals of an apply', () => {
  it("the project's signal ends it, when none of its own is given", async () => {
    const o = opened(CHAIN);
    here = o;
    const cut = new AbortController();
    const onEvent = (event: Event): void => {
      if (event.type === 'step_start' && event.step.action === 'wait') cut.abort();
    };
    const applied = await o.again({ signal: cut.signal, onEvent }).apply();
    expect(applied.outcome).toBe('interrupted');
    expect(o.pj.processes().map(({ id }) => id)).not.toContain('last');
    expect((await o.project.apply()).outcome).toBe('ok');
  });

  it("with an abort of its own the project's signal still lets no other step start", async () => {
    const o = opened(CHAIN);
    here = o;
    const [cut, abort] = [new AbortController(), new AbortController()];
    const heard: Event[] = [];
    const onEvent = (event: Event): void => {
      heard.push(event);
      if (event.type === 'step_start' && event.step.action === 'start') cut.abort();
    };
    const applied = await o.again({ signal: cut.signal, onEvent }).apply({ abort: abort.signal });
    expect(applied.outcome).toBe('interrupted');
    expect(heard).toContainEqual(expect.objectContaining({ type: 'interrupting', count: 1 }));
    // What ran was let finish.
    expect(applied.result?.steps.find(({ step }) => step === 'start first')?.outcome).toBe('done');
    expect((await o.project.apply()).outcome).toBe('ok');
  });

  it('one that is aborted before anything began leaves nothing, and no lock', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    const over = AbortSignal.abort(new Error('enough'));
    const applied = await o
      .again({ signal: over })
      .apply()
      .catch((thrown: unknown) => thrown);
    if (!(applied instanceof Error)) expect(applied).toMatchObject({ outcome: 'interrupted' });
    expect(o.pj.processes()).toEqual([]);
    expect(await o.project.state.holder()).toBeUndefined();
  });

  it('an approval that throws gives the lock back', async () => {
    const o = opened({ 'a.yaml': sleeper('a') });
    here = o;
    const approve = () => Promise.reject(new Error('no terminal'));
    expect(await failure(o.project.apply({ approve }))).toMatchObject({ message: 'no terminal' });
    expect(await o.project.state.holder()).toBeUndefined();
    expect(await o.recorded()).toEqual([]);
  });
});
