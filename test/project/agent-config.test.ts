import { afterEach, describe, expect, it } from 'vitest';
import { readAwakeConfig } from '../../src/agent/awake/config-file.ts';
import { type Opened, opened, sleeper } from './ground.ts';

let here: Opened | undefined;
afterEach(async () => {
  await here?.pj.cleanUp();
  here = undefined;
});

const DRAFT = 'name: other\nagent: { drift: { heal: always, interval: 1h } }\n';

describe('what pj.yaml says for the agent', () => {
  it('holds from the next apply on, whatever is restarted meanwhile', async () => {
    const o = opened({ 'pj.yaml': 'name: one\n', 'a.yaml': sleeper('a') });
    here = o;
    await o.project.apply();
    expect(readAwakeConfig(o.pj.dir)).toEqual({ name: 'one', agent: {} });
    o.pj.write({ 'pj.yaml': DRAFT.replace('name: other', 'name: one') });
    await o.project.restart(['a']);
    expect(readAwakeConfig(o.pj.dir)).toEqual({ name: 'one', agent: {} });
    await o.project.apply();
    expect(readAwakeConfig(o.pj.dir)?.agent.drift).toEqual({ heal: 'always', interval: 3600 });
  });

  it('stays as it was applied while pj.yaml is broken', async () => {
    const o = opened({ 'pj.yaml': 'name: one\nagent: { sampling: { interval: 2s } }\n', 'a.yaml': sleeper('a') });
    here = o;
    await o.project.apply();
    o.pj.write({ 'pj.yaml': 'name: [' });
    await o.project.restart(['a']);
    expect(readAwakeConfig(o.pj.dir)).toEqual({ name: 'one', agent: { sampling: { interval: 2 } } });
  });

  it('is refused where it has headers for no collector that it names: another one would get them', async () => {
    const headers = 'headers: { x-key: { env: KEY } }';
    const o = opened({ 'pj.yaml': `agent: { telemetry: { ${headers} } }\n`, 'a.yaml': sleeper('a') });
    here = o;
    const { errors } = await o.project.validate();
    expect(errors).toMatchObject([{ code: 'PJ1012', message: expect.stringContaining('agent.telemetry.headers') }]);
    o.pj.write({ 'pj.yaml': `agent: { telemetry: { endpoint: "http://c", ${headers} } }\n` });
    expect((await o.project.validate()).errors).toEqual([]);
  });

  it('is refused where it would look for drift more often than pj drift --watch may', async () => {
    const o = opened({ 'pj.yaml': 'name: one\nagent: { drift: { interval: 10ms } }\n', 'a.yaml': sleeper('a') });
    here = o;
    const { errors } = await o.project.validate();
    expect(errors).toMatchObject([{ code: 'PJ1012', message: expect.stringContaining('at least 1 s') }]);
  });
});
