import { describe, expect, it } from 'vitest';
import { type ImperativeCommand, planImperative } from '../../src/planner/imperative.ts';
import { type Given, inputOf, job, lines, recorded, seen, withHealth, workload } from './scene.ts';

const db = workload('db', { spec: withHealth() });
const api = workload('api', { dependencies: [{ id: 'db', condition: 'healthy', restart: true }] });
const web = workload('web', { dependencies: ['api'] });
const all = [db, api, web];
const down = { state: 'STOPPED' as const, desiredState: 'stopped' as const, health: 'none' as const };

const ask = (command: ImperativeCommand, ids: string[], given: Given, cascade = false) =>
  planImperative(inputOf({ desired: all, ...given }), { command, ids, cascade });

describe('imperative commands', () => {
  const running = { records: all.map((one) => recorded(one)), observed: all.map((one) => seen(one.id, 'running')) };
  const stopped = {
    records: all.map((one) => recorded(one, down)),
    observed: all.map((one) => seen(one.id, 'stopped')),
  };

  it('start brings up what is down of what it needs', () => {
    const made = ask('start', ['api'], stopped);
    expect(lines(made)).toEqual(['start db', 'wait db < start db', 'start api < wait db']);
    expect(made.mode).toBe('imperative');
    expect(made.workloads['db']?.desiredState).toBe('running');
    expect(made.changes.find((one) => one.id === 'web')?.action).toBe('no-op');
  });

  it('start of what runs does nothing', () => {
    expect(ask('start', ['web'], running).steps).toEqual([]);
  });

  it('start runs a job again that is done, when it is asked for by name', () => {
    const migrate = workload('migrate', { spec: job() });
    const after = workload('after', { dependencies: [{ id: 'migrate', condition: 'completed' }] });
    const given = {
      desired: [migrate, after],
      records: [recorded(migrate), recorded(after, down)],
      observed: [seen('migrate', 'completed'), seen('after', 'stopped')],
    };
    expect(lines(ask('start', ['migrate'], given))).toEqual(['start migrate', 'wait migrate < start migrate']);
    expect(lines(ask('start', ['after'], given))).toEqual(['start after']);
  });

  it('stop stops only those, and names what runs on without them', () => {
    const made = ask('stop', ['db'], running);
    expect(lines(made)).toEqual(['stop db']);
    expect(made.warnings).toMatchObject([{ code: 'PJ2033', workload: 'db' }]);
    expect(made.warnings[0]?.message).toContain('api');
    expect(made.workloads['db']?.desiredState).toBe('stopped');
    expect(made.changes.find((one) => one.id === 'db')?.causes).toEqual([
      { type: 'desiredState', from: 'running', to: 'stopped' },
    ]);
  });

  it('stop cascades to all that depend on them, those first', () => {
    const made = ask('stop', ['db'], running, true);
    expect(lines(made)).toEqual(['stop web', 'stop api < stop web', 'stop db < stop api']);
    expect(made.warnings).toEqual([]);
  });

  it('restart takes those along that depend with restart: true', () => {
    const made = ask('restart', ['db'], running);
    expect(lines(made)).toEqual([
      'stop api',
      'stop db < stop api',
      'start db < stop db',
      'wait db < start db',
      'start api < stop api, wait db',
    ]);
    expect(made.changes.find((one) => one.id === 'db')?.causes).toEqual([{ type: 'requested', by: 'pj restart' }]);
    expect(made.changes.find((one) => one.id === 'api')?.causes).toEqual([
      { type: 'dependency', workload: 'db', what: 'restarted' },
    ]);
  });

  it('restart leaves down what was down', () => {
    const given = {
      records: [recorded(db), recorded(api, down), recorded(web)],
      observed: [seen('db', 'running'), seen('api', 'stopped'), seen('web', 'running')],
    };
    expect(lines(ask('restart', ['db'], given))).toEqual(['stop db', 'start db < stop db', 'wait db < start db']);
  });

  it('changes no spec, however the descriptors look by now', () => {
    const made = ask('restart', ['web'], {
      ...running,
      desired: [db, api, workload('web', { spec: { native: { command: 'new' } } })],
    });
    expect(lines(made)).toEqual(['stop web', 'start web < stop web']);
    expect(made.workloads['web']?.spec).toEqual(web.spec);
  });

  it('pauses and resumes, and says what it leaves alone', () => {
    expect(lines(ask('pause', ['web'], running))).toEqual(['pause web']);
    const paused = {
      records: [recorded(workload('web', { desiredState: 'paused' }))],
      observed: [seen('web', 'paused' as const)],
    };
    expect(lines(ask('resume', ['web'], paused))).toEqual(['resume web']);
    for (const [command, given] of [
      ['pause', stopped],
      ['resume', running],
    ] as const) {
      const made = ask(command, ['web'], given);
      expect(made.steps).toEqual([]);
      expect(made.warnings).toMatchObject([{ code: 'PJ2035' }]);
    }
  });

  it('refuses what is not deployed, what nobody knows, and a pause that cannot be', () => {
    expect(() => ask('start', ['web'], { records: [] })).toThrow('web is not deployed yet');
    expect(() => ask('start', ['wep'], running)).toThrow(
      expect.objectContaining({ code: 'PJ2002', hint: 'Did you mean web?' }),
    );
    expect(() => ask('pause', ['web'], { ...running, rules: { pause: false } })).toThrow('cannot be paused');
  });
});
