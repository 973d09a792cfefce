import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { activityFile } from '../../src/activity/log.ts';
import type { ActivityEvent } from '../../src/model/awake.ts';
import { until } from '../support/pj.ts';
import { environment, failure, type Opened, opened, storeOf } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const told = (o: Opened): ActivityEvent[] => {
  const text = readFileSync(activityFile(o.pj.dir), 'utf8').trimEnd();
  return text.split('\n').map((line) => JSON.parse(line));
};
const EXTERNAL = { 'db.yaml': 'applicationId: db\nexternal: { address: 192.0.2.1 }\n' };
/** Lives, and never gets healthy; its check says that word. */
const unhealthy = (word: string): string => `applicationId: a
native: { command: /bin/sh, args: [-c, 'echo "$WORD" >word; exec sleep 100000'] }
env: { WORD: "${word}" }
healthCheck: { type: exec, command: [/bin/sh, -c, "cat word >&2; exit 1"], startPeriod: 1s, retries: 1, interval: 50ms }
`;

describe('what a run tells', () => {
  it('is each step and what it came to, with how long and how many changes of a kind', async () => {
    const o = opened(EXTERNAL);
    here = o;
    await o.project.apply();
    await o.project.apply();
    await o.project.destroy();
    expect(told(o)).toMatchObject([
      { type: 'step_complete', workload: 'db', data: { step: 'create db', action: 'create' } },
      { type: 'step_complete', workload: 'db', data: { step: 'start db', action: 'start' } },
      {
        ...{ type: 'apply_complete', severity: 'info' },
        data: { operation: 'apply', outcome: 'ok', actions: { create: 1 } },
      },
      { type: 'apply_complete', severity: 'info', data: { outcome: 'none', actions: {} } },
      { type: 'step_complete' },
      { type: 'step_complete' },
      { type: 'apply_complete', data: { operation: 'destroy', outcome: 'ok', actions: { delete: 1 } } },
    ]);
    for (const { type, data } of told(o)) {
      if (type === 'apply_complete') expect(data?.['seconds']).toBeGreaterThanOrEqual(0);
    }
  });

  it('is a step that failed, and a plan that was refused; nothing of one that was declined', async () => {
    const o = opened({ ...EXTERNAL, 'a.yaml': unhealthy('ill') });
    here = o;
    await o.project.apply();
    const failed = told(o).filter(({ severity }) => severity === 'error');
    expect(failed).toMatchObject([
      { type: 'step_failed', workload: 'a', data: { code: expect.stringMatching(/^PJ\d{4}$/) } },
      { type: 'apply_complete', data: { outcome: 'partial' } },
    ]);
    const before = told(o).length;
    o.pj.write({ 'a.yaml': '# gone\n', 'db.yaml': `${EXTERNAL['db.yaml']}description: new\n` });
    expect((await o.project.apply({ approve: () => Promise.resolve(false) })).outcome).toBe('declined');
    expect(told(o)).toHaveLength(before);
    o.pj.write({ 'db.yaml': `${EXTERNAL['db.yaml']}lifecycle: { preventDestroy: true }\n` });
    await o.project.apply();
    const end = told(o).length;
    expect(await failure(o.project.destroy())).toMatchObject({ code: 'PJ2090' });
    expect(told(o).slice(end)).toMatchObject([
      { type: 'apply_complete', severity: 'error', data: { operation: 'destroy', outcome: 'error', code: 'PJ2090' } },
    ]);
  });

  it('is how long it waited for the lock, and whose it was; nothing of one that did not get it', async () => {
    const o = opened(EXTERNAL);
    here = o;
    await o.project.apply();
    const before = told(o).length;
    const signal = new AbortController().signal;
    const session = await storeOf(o.pj).open({ operation: 'test', lockTimeout: 0, emit: () => undefined, signal });
    expect(await failure(o.project.apply())).toMatchObject({ code: 'PJ3010' });
    expect(told(o)).toHaveLength(before);
    const heard: string[] = [];
    const listening = o.again({ onEvent: ({ type }) => type === 'lock_waiting' && heard.push(type) });
    const applying = listening.apply({ lockTimeout: 20 });
    try {
      await until('the wait', () => heard.length > 0);
    } finally {
      await session.close();
      await applying;
    }
    expect(told(o).slice(before)).toMatchObject([
      { type: 'lock_waited', severity: 'info', data: { operation: 'apply', holder: expect.any(String) } },
      { type: 'apply_complete', data: { outcome: 'none' } },
    ]);
  });

  it('holds no sensitive value, also where an error echoes one', async () => {
    const canary = 'canary-1f0e9c';
    const o = opened({
      'pj.yaml': 'secrets: { password: { env: PASSWORD } }\n',
      'a.yaml': unhealthy('${secret.password}'),
    });
    here = o;
    const project = o.again({ env: { ...environment(o.pj), PASSWORD: canary } });
    await project.apply();
    expect(told(o).find(({ type }) => type === 'step_failed')?.message).toContain('(sensitive)');
    expect(readFileSync(activityFile(o.pj.dir), 'utf8')).not.toContain(canary);
  });
});
