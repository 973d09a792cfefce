import { afterEach, describe, expect, it } from 'vitest';
import { PjError } from '../../src/errors.ts';
import { hideInError, hideInEvent } from '../../src/project/hide.ts';
import { makeRedactor } from '../../src/values/redact.ts';
import { environment, failure, type Opened, opened } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const redactor = makeRedactor();
redactor.learn('canary-1234');
const { redact } = redactor;

/** All that an error may be printed of. */
const textOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.stack, JSON.stringify(error), textOf(error.cause)].join('\n')
    : String(error);

describe('errors that leave pj', () => {
  it('hold no sensitive value, wherever in them an engine has put it', () => {
    const cause = new Error('said canary-1234');
    const error = new PjError(
      'PJ4016',
      { provider: 'x', action: 'start', workload: 'a', reason: 'canary-1234' },
      {
        cause,
        advice: 'not canary-1234',
        frames: ['1 | canary-1234'],
        others: [new PjError('PJ9001', { what: 'canary-1234' })],
      },
    );
    const hidden = hideInError(error, redact);
    expect(hidden).toMatchObject({ code: 'PJ4016', message: expect.stringContaining('(sensitive)') });
    expect(textOf(hidden)).not.toContain('canary-1234');
    expect(textOf((hidden as PjError).others[0])).not.toContain('canary-1234');
    expect(textOf(hideInError(cause, redact))).not.toContain('canary-1234');
    expect(hideInError('canary-1234', redact)).toBe('(sensitive)');
  });

  it('are left alone where there is nothing to hide', () => {
    const error = new PjError('PJ9001', { what: 'x' }, { cause: new Error('y') });
    expect(hideInError(error, redact)).toBe(error);
  });

  it('so do words in events', () => {
    const events = [
      { type: 'log', level: 'info', message: 'canary-1234' },
      { type: 'diagnostic', severity: 'error', code: 'PJ1', summary: 'canary-1234', detail: 'canary-1234' },
      { type: 'recovered', workload: 'a', action: 'start', verdict: 'done', detail: 'canary-1234' },
    ] as const;
    for (const event of events) expect(JSON.stringify(hideInEvent(event, redact))).not.toContain('canary-1234');
  });

  it('an approval that throws what it was shown is not told as it is', async () => {
    const o = opened({
      'a.yaml': 'applicationId: a\nnative: { command: /bin/true, type: job }\nenv: { S: "${env.CANARY}" }\n',
    });
    here = o;
    const project = o.again({ env: environment(o.pj, { CANARY: 'canary-5678' }) });
    const thrown = await failure(project.apply({ approve: () => Promise.reject(new Error('canary-5678')) }));
    expect(textOf(thrown)).not.toContain('canary-5678');
  });

  it('the address of an external that is sensitive is in no file', async () => {
    const o = opened({
      'db.yaml': 'applicationId: db\nexternal: { address: "${env.CANARY}", ports: { sql: 5432 } }\n',
    });
    here = o;
    const project = o.again({ env: environment(o.pj, { CANARY: 'canary.example.org' }) });
    expect((await project.apply()).plan.warnings).toContainEqual(
      expect.objectContaining({ code: 'PJ5000', workload: 'db' }),
    );
    expect(o.pj.read('.pj/state.json')).toContain('5432');
    expect(o.pj.read('.pj/state.json')).not.toContain('canary.example.org');
    expect((await project.plan()).steps).toEqual([]);
  });
});
