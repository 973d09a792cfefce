import { describe, expect, it } from 'vitest';
import { type ImperativeCommand, planImperative } from '../../src/planner/imperative.ts';
import { app, jvm, hostRules as rules } from './host-scene.ts';
import { changeIn, type Given, inputOf, lines, planOf, recorded, seen } from './scene.ts';

const host = jvm('jvm.default');
const a = app('a', 'jvm.default');
const b = app('b', 'jvm.default', { dependencies: ['a'] });
const all = [a, b, host];
const records = all.map((one) => recorded(one));
const running = all.map((one) => seen(one.id, 'running'));
const made = (given: Given) => planOf({ rules, ...given });

describe('host JVMs', () => {
  it('are made before their applications, which are made within them', () => {
    expect(lines(made({ desired: all }))).toEqual([
      'create jvm.default',
      'start jvm.default < create jvm.default',
      'create a < start jvm.default',
      'create b < start jvm.default',
      'start a < create a, start jvm.default',
      'start b < create b, start a, start jvm.default',
    ]);
  });

  it('stop after their applications, and go after them; what cannot be ended goes with the JVM', () => {
    const steps = [
      'stop b',
      'stop a < stop b',
      'stop jvm.default < stop a, stop b',
      'destroy b < stop b, stop jvm.default',
      'destroy a < destroy b, stop a, stop jvm.default',
      'destroy jvm.default < destroy a, destroy b, stop jvm.default',
    ];
    expect(lines(made({ desired: all, records, observed: running, options: { mode: 'destroy' } }))).toEqual(steps);
    // One that was only named disappears with the last that named it.
    expect(lines(made({ desired: [], records, observed: running }))).toEqual(steps);
  });

  it('take every application along when they restart, each with the cause', () => {
    const plan = made({ desired: [a, b, jvm('jvm.default', { heap: 2 ** 28 })], records, observed: running });
    expect(lines(plan)).toEqual([
      'stop b',
      'stop a < stop b',
      'stop jvm.default < stop a, stop b',
      'update jvm.default < stop jvm.default',
      'start jvm.default < update jvm.default',
      'start a < start jvm.default, stop a',
      'start b < start a, start jvm.default, stop b',
    ]);
    for (const id of ['a', 'b']) {
      const change = changeIn(plan, id);
      expect(change).toMatchObject({
        action: 'restart',
        downtime: true,
        differences: [],
        causes: [{ type: 'dependency', workload: 'jvm.default', what: 'restarted' }],
      });
    }
    expect(changeIn(plan, 'jvm.default')).toMatchObject({ action: 'restart', downtime: true, forcedBy: ['/jvm/heap'] });
  });

  it('that died or vanished come back first, then what was in them in the order of its dependencies', () => {
    const dead = { detail: 'its JVM jvm.default does not run' };
    const down = [seen('a', 'dead', dead), seen('b', 'dead', dead)];
    const died = made({ desired: all, records, observed: [...down, seen('jvm.default', 'dead')] });
    expect(lines(died)).toEqual([
      'start jvm.default',
      'start a < start jvm.default',
      'start b < start a, start jvm.default',
    ]);
    expect(changeIn(died, 'a').causes).toEqual([{ type: 'drift', what: 'stopped', ...dead }]);
    const gone = made({ desired: all, records, observed: all.map(({ id }) => seen(id, 'gone')) });
    expect(lines(gone)).toEqual([
      'create jvm.default',
      'start jvm.default < create jvm.default',
      'create a < start jvm.default',
      'create b < start jvm.default',
      'start a < create a, start jvm.default',
      'start b < create b, start a, start jvm.default',
    ]);
  });

  it('are left by an application that moves to another one, which runs by then', () => {
    const plan = made({
      desired: [app('a', 'jvm.tools'), jvm('jvm.tools')],
      records: [recorded(a), recorded(host)],
      observed: running,
    });
    expect(lines(plan)).toEqual([
      'create jvm.tools',
      'start jvm.tools < create jvm.tools',
      'stop a < start jvm.tools',
      'stop jvm.default < stop a',
      'destroy a < stop a, stop jvm.default',
      'create a < destroy a, start jvm.tools',
      'destroy jvm.default < create a, destroy a, stop jvm.default',
      'start a < create a, start jvm.tools',
    ]);
  });

  it('are left alone by an undeploy while they restart', () => {
    const heap = jvm('jvm.default', { heap: 1 });
    const gone = made({ desired: [a, heap], records, observed: running });
    expect(lines(gone)).toContain('destroy b < start jvm.default, stop b');
    const moved = made({
      desired: [heap, app('a', 'jvm.tools'), jvm('jvm.tools')],
      records: [recorded(a), recorded(host)],
      observed: running,
    });
    expect(lines(moved)).toContain('stop jvm.default < destroy a, stop a');
  });

  it('are replaced the ordinary way: two of them cannot be there side by side', () => {
    const beside = { lifecycle: { createBeforeDestroy: true } };
    const plan = made({
      desired: [a, jvm('jvm.default', {}, beside)],
      records: [recorded(a), recorded(jvm('jvm.default', {}, beside))],
      observed: running,
      options: { replace: ['jvm.default'] },
      rules: { ...rules, sideBySide: false },
    });
    expect(lines(plan)).toEqual([
      'stop a',
      'stop jvm.default < stop a',
      'destroy jvm.default < stop jvm.default',
      'create jvm.default < destroy jvm.default',
      'start jvm.default < create jvm.default',
      'start a < start jvm.default, stop a',
    ]);
    expect(plan.warnings.map(({ code }) => code)).toEqual(['PJ2030']);
    expect(changeIn(plan, 'a').causes).toEqual([{ type: 'dependency', workload: 'jvm.default', what: 'replaced' }]);
  });

  it('come with an application that is a target; alone they tell who goes down with them', () => {
    const only = made({ desired: all, options: { targets: ['a'] } });
    expect(only.steps.map(({ workload: id }) => id)).toEqual(['jvm.default', 'jvm.default', 'a', 'a']);
    const given = { desired: [a, b, jvm('jvm.default', { heap: 1 })], records, observed: running };
    const alone = made({ ...given, options: { targets: ['jvm.default'] } });
    expect(alone.steps.map(({ id }) => id)).toEqual(['stop jvm.default', 'update jvm.default', 'start jvm.default']);
    expect(alone.warnings.filter(({ code }) => code === 'PJ2039').map(({ message }) => message)).toEqual([
      'a goes down with jvm.default, in which it runs and which is restarted: this plan leaves it out',
      'b goes down with jvm.default, in which it runs and which is restarted: this plan leaves it out',
    ]);
  });

  it('that are to be stopped tell who goes down with them', () => {
    const stopped = jvm('jvm.default', {}, { desiredState: 'stopped' });
    const plan = made({ desired: [a, stopped], records: [recorded(a), recorded(host)], observed: running });
    expect(lines(plan)).toEqual(['stop jvm.default']);
    expect(plan.warnings).toMatchObject([
      {
        code: 'PJ2039',
        workload: 'a',
        message: 'a goes down with jvm.default, in which it runs and which is stopped: its own desiredState is running',
      },
    ]);
  });

  it('are stopped and restarted by command: restart takes all along, stop tells of them', () => {
    const ask = (command: ImperativeCommand, ids: string[]) =>
      planImperative(inputOf({ desired: all, records, observed: running, rules }), { command, ids, cascade: false });
    const stop = ask('stop', ['jvm.default']);
    expect(lines(stop)).toEqual(['stop jvm.default']);
    expect(stop.warnings.map(({ code, workload: id }) => `${code} ${id}`)).toEqual(['PJ2039 a', 'PJ2039 b']);
    expect(lines(ask('restart', ['jvm.default']))).toEqual([
      'stop b',
      'stop a < stop b',
      'stop jvm.default < stop a, stop b',
      'start jvm.default < stop jvm.default',
      'start a < start jvm.default, stop a',
      'start b < start a, start jvm.default, stop b',
    ]);
    expect(lines(ask('restart', ['b']))).toEqual(['stop b', 'start b < stop b']);
  });

  it('that no state knows go after the applications that no state knows', () => {
    const orphan = { generation: 1, status: 'running' as const, kept: false };
    const plan = made({
      records: [],
      orphans: [
        { ...orphan, id: 'web', kind: 'java', provider: 'java' },
        { ...orphan, id: 'jvm.default', kind: 'jvm', provider: 'jvm' },
      ],
      options: { prune: true },
    });
    expect(lines(plan)).toEqual(['destroy web@1', 'destroy jvm.default@1 < destroy web@1']);
    expect(changeIn(plan, 'jvm.default').downtime).toBe(true);
  });
});
