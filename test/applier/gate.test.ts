import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/applier/contract.ts';
import type { HealthCheck, Spec } from '../../src/model/spec.ts';
import { bench, change, fates, planned, planOf, record, step, told } from './fakes.ts';

const http = (more: HealthCheck = {}): Spec => ({
  healthCheck: { type: 'http' as const, url: 'http://127.0.0.1:1/', ...more },
});
const refused: Verdict = { healthy: false, reason: 'GET http://127.0.0.1:1/ → connection refused' };
const steps = [step('create web'), step('start web', ['create web']), step('wait web', ['start web'])];
const plan = (spec = http()) => planOf(steps, [planned('web', spec)], [change('web', 'create')]);

/** Unhealthy until `after` ms of the run have gone by. */
function bad(after: number, ready: () => number) {
  return async (): Promise<Verdict> => (ready() >= after ? { healthy: true } : refused);
}

describe('waiting to be healthy', () => {
  it('passes within milliseconds when it is ready within milliseconds', async () => {
    const b = bench({ probe: bad(100, () => b.clock.elapsed()) });
    const result = await b.apply(plan());
    expect(result.outcome).toBe('ok');
    expect(b.clock.elapsed()).toBeLessThan(250);
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      health: 'healthy',
      previousSpec: http(),
    });
  });

  it('the record says that it is starting until then, and nothing proves the spec before', async () => {
    const seen: unknown[] = [];
    const b = bench({
      probe: async () => {
        const { state, health, previousSpec } = b.session.snapshot.workloads['web'] ?? {};
        seen.push([state, health, previousSpec]);
        return { healthy: true };
      },
    });
    await b.apply(plan());
    expect(seen).toEqual([['RUNNING', 'starting', undefined]]);
  });

  it('a start alone does not prove a spec that has a health check', async () => {
    const b = bench();
    await b.apply(planOf(steps.slice(0, 2), [planned('web', http())]));
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'RUNNING', health: 'starting' });
    expect(b.session.snapshot.workloads['web']).not.toHaveProperty('previousSpec');
  });

  it('the probe gets the resolved spec, what others may refer to, and when it was started', async () => {
    const requests: unknown[] = [];
    const b = bench({
      probe: async (request) => {
        requests.push(request);
        return { healthy: true };
      },
    });
    await b.apply(plan());
    expect(requests).toEqual([
      {
        id: 'web',
        spec: http(),
        attributes: { address: 'addr-web', ports: { '80': 8080 } },
        logFiles: [],
        startedAt: '2026-01-01T00:00:00.000Z',
      },
    ]);
  });

  it('failures in the start period do not count; then so many in a row do', async () => {
    let tries = 0;
    const b = bench({
      probe: async () => {
        tries += 1;
        return refused;
      },
    });
    const result = await b.apply(plan(http({ startPeriod: 5, retries: 3, interval: 2 })));
    // The first counts when the start period is over, and each of the others a whole interval later.
    expect(b.clock.elapsed()).toBeGreaterThanOrEqual(9000);
    expect(b.clock.elapsed()).toBeLessThan(12_500);
    expect(tries).toBeLessThan(20);
    expect(result.outcome).toBe('partial');
    expect(result.steps[2]?.error?.code).toBe('PJ4004');
    expect(result.steps[2]?.error?.message).toMatch(
      /^web did not become healthy: GET http:\/\/127\.0\.0\.1:1\/ → connection refused \(waited \d+(\.\d)? s, 3 failed/,
    );
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      health: 'unhealthy',
      lastError: { code: 'PJ4004' },
    });
    expect(b.engine.calls).toEqual(['create web@1', 'start web@1']);
  });

  it('says what it waits for and for how long', async () => {
    const b = bench({ probe: bad(12_500, () => b.clock.elapsed()) });
    await b.apply(plan());
    const progress = b.events.flatMap((event) => (event.type === 'step_progress' ? [event] : []));
    expect(progress[0]?.message).toMatch(
      /^waiting to be healthy: GET http:\/\/127\.0\.0\.1:1\/ → connection refused \(1\.\d s of 30 s\)$/,
    );
    expect(progress).toHaveLength(2);
    expect(progress[1]?.elapsedMs).toBeGreaterThanOrEqual(11_000);
  });

  it('a probe that never answers counts as failed after its timeout', async () => {
    const aborted: boolean[] = [];
    const b = bench({
      probe: (_, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => aborted.push(true));
        }),
    });
    const result = await b.apply(plan(http({ startPeriod: 0, retries: 2, timeout: 3, interval: 1 })));
    expect(result.steps[2]?.error?.message).toContain('the probe gave no answer within 3 s');
    expect(aborted).toEqual([true, true]);
    expect(b.clock.elapsed()).toBeLessThan(9000);
  });

  it('a probe that throws counts as failed', async () => {
    const b = bench({
      probe: async () => {
        throw new Error('broken probe');
      },
    });
    const result = await b.apply(plan(http({ startPeriod: 0, retries: 1 })));
    expect(result.steps[2]?.error?.message).toContain('broken probe');
  });

  it.each([
    ['dead', 'exited 137 (SIGKILL)', 'FAILED'],
    ['completed', undefined, 'FAILED'],
    ['gone', undefined, 'FAILED'],
  ] as const)('ends at once when the engine says %s', async (status, detail, state) => {
    const b = bench({
      probe: async () => {
        const instance = b.engine.instances.get('web@1');
        if (instance !== undefined) Object.assign(instance, { status, ...(detail === undefined ? {} : { detail }) });
        return refused;
      },
    });
    const result = await b.apply(plan());
    expect(b.clock.elapsed()).toBeLessThan(1000);
    expect(result.steps[2]?.error?.code).toBe('PJ4005');
    if (detail !== undefined) expect(result.steps[2]?.error?.message).toContain(detail);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state, health: 'unhealthy' });
  });

  it('somebody else who answers on its port makes it no healthier when it is dead', async () => {
    const b = bench({
      probe: async () => {
        Object.assign(b.engine.instances.get('web@1') ?? {}, { status: 'dead', detail: 'EADDRINUSE' });
        return { healthy: true };
      },
    });
    const result = await b.apply(plan());
    expect(result.steps[2]?.error?.message).toBe('web ended while pj waited for it to become healthy: EADDRINUSE');
  });

  it('an engine that cannot be asked any longer is the failure of the wait', async () => {
    const b = bench();
    b.engine.provider.read = async () => {
      throw Object.assign(new Error('connect ECONNREFUSED /run/agent.sock'), { code: 'ECONNREFUSED' });
    };
    const result = await b.apply(plan());
    expect(result.steps[2]?.error?.code).toBe('PJ4016');
    // That nobody could tell how it is has not made it worse: it is not to be made anew.
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      state: 'RUNNING',
      health: 'starting',
      lastError: { code: 'PJ4016' },
    });
  });

  it.each([
    ['with', http({ startPeriod: 60 })],
    ['without', { healthCheck: { enabled: false, type: 'tcp' as const } }],
  ])('while its supervisor starts it again it is waited for on, %s a check', async (_, spec) => {
    const b = bench();
    const { read } = b.engine.provider;
    b.engine.provider.read = async (records, context) => {
      const up = b.clock.elapsed() > 15_000;
      const down = { status: 'dead' as const, detail: 'exited 1; starts again at noon', restarting: true };
      const instance = b.engine.instances.get('web@1');
      if (instance !== undefined) Object.assign(instance, up ? { status: 'running', restarting: false } : down);
      return await read(records, context);
    };
    const result = await b.apply(plan(spec));
    expect(result.outcome).toBe('ok');
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'RUNNING' });
    const said = b.events.flatMap((event) => (event.type === 'step_progress' ? [event.message] : []));
    expect(said[0]).toMatch(/^waiting to be healthy: restarting after exited 1 \(/);
  });

  it('that it is being started again ends with the deadline too, and when it is given up at once', async () => {
    const state = { status: 'dead' as const, detail: 'exited 1; starts again at noon', restarting: true };
    const scene = (until: number) => {
      const b = bench();
      const { read } = b.engine.provider;
      b.engine.provider.read = async (records, context) => {
        Object.assign(b.engine.instances.get('web@1') ?? {}, state, { restarting: b.clock.elapsed() < until });
        return await read(records, context);
      };
      return b;
    };
    const late = scene(Number.POSITIVE_INFINITY);
    const unhealthy = await late.apply(plan(http({ startPeriod: 5, retries: 2, interval: 1 })));
    expect(unhealthy.steps[2]?.error?.message).toMatch(/did not become healthy: restarting after exited 1 \(waited/);
    expect(late.clock.elapsed()).toBeLessThan(10_000);
    expect(late.session.snapshot.workloads['web']).toMatchObject({ state: 'RUNNING', health: 'unhealthy' });
    const ended = scene(2000);
    const dead = await ended.apply(plan());
    expect(dead.steps[2]?.error).toMatchObject({ code: 'PJ4005', message: expect.stringContaining('exited 1') });
    expect(ended.clock.elapsed()).toBeLessThan(4000);
  });

  it('without a check beyond running, running is enough', async () => {
    const b = bench({ probe: async () => refused });
    const result = await b.apply(plan({ healthCheck: { type: 'http', enabled: false } }));
    expect(result.outcome).toBe('ok');
    expect(b.session.snapshot.workloads['web']).toMatchObject({ health: 'none' });
  });

  it('what the engine says last is what is recorded: its supervisor may have restarted it meanwhile', async () => {
    const b = bench();
    const { read } = b.engine.provider;
    b.engine.provider.read = async (records, context) =>
      (await read(records, context)).map((one) => ({ ...one, handle: { pid: 2 }, attributes: { pid: 2 } }));
    await b.apply(plan());
    expect(b.session.snapshot.workloads['web']).toMatchObject({
      handle: { pid: 2 },
      attributes: { pid: 2, address: 'addr-web' },
    });
  });

  it('probes with what the engine said last: an address may come some seconds after the start', async () => {
    const seen: unknown[] = [];
    const b = bench({
      probe: async ({ attributes, logFiles }) => {
        seen.push(attributes['address']);
        return attributes['address'] === '192.0.2.9' && logFiles[0] === '/nowhere.log' ? { healthy: true } : refused;
      },
    });
    b.engine.attributes = () => ({});
    const { read } = b.engine.provider;
    b.engine.provider.read = async (records, context) => {
      const attributes = b.clock.elapsed() < 3000 ? {} : { address: '192.0.2.9', logFiles: ['/nowhere.log'] };
      return (await read(records, context)).map((one) => ({ ...one, attributes }));
    };
    expect((await b.apply(plan())).outcome).toBe('ok');
    expect(seen[0]).toBeUndefined();
    expect(b.clock.elapsed()).toBeLessThan(6000);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ attributes: { address: '192.0.2.9' } });
  });

  it('tells the last lines of its output since the start when it fails, redacted and without control characters', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pj-gate-'));
    const file = join(dir, 'serial.log');
    writeFileSync(file, 'of the run before\n');
    const b = bench({ secrets: { 'secret.pw': 'hunter2' }, probe: async () => refused });
    b.values.redact = (text) => text.replaceAll('hunter2', '(sensitive)');
    b.engine.attributes = () => ({ logFiles: [file] });
    b.engine.script = (call) => {
      if (call === 'start web@1')
        appendFileSync(file, `\u001b[31mlogin: \u001b[0mhunter2\r\n\n${'x'.repeat(500)}\nno root device\u0007\n`);
    };
    try {
      const result = await b.apply(plan(http({ startPeriod: 0, retries: 1 })));
      const { message = '' } = result.steps[2]?.error ?? {};
      expect(message.split('\n').slice(1)).toEqual([
        'it last put out:',
        '  login: (sensitive)',
        `  ${'x'.repeat(200)}…`,
        '  no root device',
      ]);
      expect(b.session.snapshot.workloads['web']?.lastError?.message).toBe(message);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  it('Ctrl-C ends the wait at once, and leaves it running and starting', async () => {
    const b = bench({
      probe: async () => {
        if (b.clock.elapsed() > 2000) b.drain.abort();
        return refused;
      },
    });
    const result = await b.apply(
      planOf([...steps, step('create next', ['wait web'])], [planned('web', http()), planned('next')]),
    );
    expect(fates(result)).toEqual({
      'create web': 'done',
      'start web': 'done',
      'wait web': 'not-started',
      'create next': 'not-started',
    });
    expect(result.outcome).toBe('interrupted');
    expect(b.clock.elapsed()).toBeLessThan(4000);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'RUNNING', health: 'starting' });
    expect(b.session.intents.size).toBe(0);
    expect(told(b.events).filter((one) => one === 'step_skipped wait web')).toHaveLength(1);
  });

  it('a wait on what an earlier run started reads the recorded spec', async () => {
    const b = bench({ workloads: { web: record('web', http(), { health: 'unhealthy' }) } });
    const result = await b.apply(planOf([step('wait web')], [], [change('web', 'wait')]));
    expect(result.summary.change).toBe(1);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ health: 'healthy' });
  });
});

describe('waiting for a job', () => {
  const job = { native: { command: 'migrate', type: 'job' as const } };
  const jobSteps = [
    step('create job'),
    step('start job', ['create job']),
    step('wait job', ['start job'], { condition: 'completed' }),
    step('create web', ['wait job']),
  ];
  const jobPlan = planOf(jobSteps, [planned('job', job), planned('web')], [change('job', 'create')]);

  /** Ends the job after so many looks at it. */
  function endsAfter(
    b: ReturnType<typeof bench>,
    looks: number,
    status: 'completed' | 'dead' | 'gone',
    detail?: string,
  ) {
    const { read } = b.engine.provider;
    let left = looks;
    b.engine.provider.read = async (records, context) => {
      left -= 1;
      const instance = b.engine.instances.get('job@1');
      if (left <= 0 && instance !== undefined)
        Object.assign(instance, { status, ...(detail === undefined ? {} : { detail }) });
      return await read(records, context);
    };
  }

  it('has no deadline, and says every 10 s that it waits', async () => {
    const b = bench();
    endsAfter(b, 20_000, 'completed');
    const result = await b.apply(jobPlan);
    expect(result.outcome).toBe('ok');
    expect(b.clock.elapsed()).toBeGreaterThan(2 * 3600 * 1000);
    expect(b.session.snapshot.workloads['job']).toMatchObject({ state: 'STOPPED', completed: true, previousSpec: job });
    const progress = b.events.flatMap((event) => (event.type === 'step_progress' ? [event.elapsedMs] : []));
    expect(progress.length).toBeGreaterThan(700);
  }, 180_000);

  it.each([
    ['dead', 'exited 3', 'job did not run to its end: exited 3'],
    ['gone', undefined, 'job did not run to its end: the engine no longer has it'],
  ] as const)('that is %s fails, and what waits for it is skipped', async (status, detail, message) => {
    const b = bench();
    endsAfter(b, 3, status, detail);
    const result = await b.apply(jobPlan);
    expect(result.steps[2]?.error).toEqual({ code: 'PJ4008', message });
    expect(fates(result)['create web']).toBe('skipped');
    expect(b.session.snapshot.workloads['job']).toMatchObject({ state: 'FAILED', completed: false });
  });

  it('that its supervisor tries again is waited for until it comes to good or is given up', async () => {
    const b = bench();
    const { read } = b.engine.provider;
    b.engine.provider.read = async (records, context) => {
      const done = b.clock.elapsed() > 20_000;
      const instance = b.engine.instances.get('job@1');
      const again = { status: 'dead', detail: 'exited 3; starts again at noon', restarting: true };
      if (instance !== undefined) Object.assign(instance, done ? { status: 'completed', restarting: false } : again);
      return await read(records, context);
    };
    expect((await b.apply(jobPlan)).outcome).toBe('ok');
    const said = b.events.flatMap((event) => (event.type === 'step_progress' ? [event.message] : []));
    expect(said[0]).toMatch(/^restarting after exited 3 \(/);
  });

  it('is left alone by Ctrl-C', async () => {
    const b = bench();
    const { read } = b.engine.provider;
    b.engine.provider.read = async (records, context) => {
      if (b.clock.elapsed() > 3000) b.drain.abort();
      return await read(records, context);
    };
    const result = await b.apply(jobPlan);
    expect(result.outcome).toBe('interrupted');
    expect(b.session.snapshot.workloads['job']).toMatchObject({ state: 'RUNNING', completed: false });
  });
});
