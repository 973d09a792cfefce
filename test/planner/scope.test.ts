import { describe, expect, it } from 'vitest';
import { changeIn, lines, planOf, recorded, seen, workload } from './scene.ts';

const args = { native: { command: 'run', args: ['-x'] } };
const chain = [
  workload('a'),
  workload('b', { dependencies: ['a'] }),
  workload('c', { dependencies: ['b'] }),
  workload('lone'),
];

describe('--target', () => {
  it('brings what it depends on and nothing else', () => {
    const made = planOf({ desired: chain, options: { targets: ['b'] } });
    expect(made.steps.map((step) => step.id)).toEqual(['create a', 'create b', 'start a', 'start b']);
    expect(changeIn(made, 'c')).toMatchObject({ action: 'no-op', before: null, after: null });
    expect(made.warnings.map((one) => one.code)).toEqual(['PJ2037']);
  });

  it('brings what depends on it when it is destroyed', () => {
    const made = planOf({ records: chain.map((one) => recorded(one)), options: { mode: 'destroy', targets: ['b'] } });
    expect(lines(made)).toEqual(['stop c', 'destroy c < stop c', 'stop b < stop c', 'destroy b < destroy c, stop b']);
  });

  it('destroys nothing that somebody outside it still depends on', () => {
    const made = planOf({
      desired: [workload('c')],
      records: [recorded(workload('b')), recorded(workload('c', { dependencies: ['b'] }))],
      options: { targets: ['b'] },
    });
    expect(made.steps).toEqual([]);
    expect(made.warnings.map((one) => one.code)).toEqual(['PJ2037', 'PJ2036']);
  });

  it('of nobody is refused with the nearest name', () => {
    expect(() => planOf({ desired: [workload('web-api')], options: { targets: ['web-apj'] } })).toThrow(
      expect.objectContaining({ code: 'PJ2002', hint: 'Did you mean web-api?' }),
    );
    expect(() => planOf({ desired: [workload('web-api')], options: { replace: ['zzz'] } })).toThrow(
      '--replace names zzz',
    );
  });

  it('contradicts --exclude of the same id', () => {
    expect(() => planOf({ desired: chain, options: { targets: ['a'], excludes: ['a'] } })).toThrow(
      'a is both a target and excluded',
    );
  });

  it('tells of a restart that it leaves out', () => {
    const before = [workload('db'), workload('api', { dependencies: [{ id: 'db', restart: true }] })];
    const made = planOf({
      desired: [workload('db', { spec: args }), ...before.slice(1)],
      records: before.map((one) => recorded(one)),
      options: { targets: ['db'] },
    });
    expect(made.steps.map((step) => step.workload)).not.toContain('api');
    expect(made.warnings.map((one) => one.code)).toContain('PJ2032');
  });
});

describe('--exclude', () => {
  it('holds back what needs the excluded change, and nothing more', () => {
    const made = planOf({ desired: chain, options: { excludes: ['a'] } });
    expect(made.steps.map((step) => step.workload)).toEqual(['lone', 'lone']);
    expect(made.warnings.filter((one) => one.code === 'PJ2031').map((one) => one.workload)).toEqual(['b', 'c']);
  });

  it('goes on with what depends on an excluded one that is there', () => {
    const made = planOf({
      desired: [workload('a', { spec: args }), workload('b', { dependencies: ['a'], spec: args })],
      records: [recorded(workload('a')), recorded(workload('b', { dependencies: ['a'] }))],
      observed: [seen('a', 'running'), seen('b', 'running')],
      options: { excludes: ['a'] },
    });
    expect(made.steps.map((step) => step.id)).toEqual(['stop b', 'update b', 'start b']);
  });
});

describe('--replace', () => {
  it('replaces what has not changed', () => {
    const made = planOf({
      desired: [workload('a')],
      records: [recorded(workload('a'))],
      observed: [seen('a', 'running')],
      options: { replace: ['a'] },
    });
    expect(changeIn(made, 'a')).toMatchObject({
      action: 'replace',
      causes: [{ type: 'requested', by: '--replace' }],
      differences: [],
    });
  });
});

describe('forget and moved', () => {
  it('forgets without touching the engine', () => {
    const made = planOf({ records: [recorded(workload('old'))], observed: [seen('old', 'running')], forget: ['old'] });
    expect(lines(made)).toEqual(['forget old']);
    expect(changeIn(made, 'old')).toMatchObject({ action: 'forget', downtime: false, after: null });
    expect(made.summary).toEqual({ add: 0, change: 0, destroy: 0, forget: 1 });
  });

  it('forgets only after those that stay have let go', () => {
    const made = planOf({
      desired: [workload('web')],
      records: [recorded(workload('old')), recorded(workload('web', { dependencies: ['old'] }))],
      forget: ['old', 'never-there'],
    });
    expect(lines(made)).toEqual(['update web', 'forget old < update web']);
  });

  it('refuses to forget what still has a descriptor', () => {
    expect(() => planOf({ desired: [workload('web')], forget: ['web'] })).toThrow('forget: names web');
  });

  it('renames without a step', () => {
    const made = planOf({
      desired: [workload('new'), workload('web', { dependencies: ['new'] })],
      records: [recorded(workload('old')), recorded(workload('web', { dependencies: ['old'] }))],
      observed: [seen('old', 'running'), seen('web', 'running')],
      moved: [
        { from: 'old', to: 'new' },
        { from: 'ancient', to: 'old' },
      ],
    });
    expect(made.steps).toEqual([]);
    expect(made.moved).toEqual([{ from: 'old', to: 'new' }]);
    expect(changeIn(made, 'new')).toMatchObject({ action: 'no-op', previousId: 'old' });
    expect(made.summary).toEqual({ add: 0, change: 0, destroy: 0, forget: 0 });
  });

  it('renames and changes in one go', () => {
    const made = planOf({
      desired: [workload('new', { spec: args })],
      records: [recorded(workload('old'))],
      moved: [{ from: 'old', to: 'new' }],
    });
    expect(made.steps.map((step) => step.id)).toEqual(['stop new', 'update new', 'start new']);
    expect(changeIn(made, 'new').previousId).toBe('old');
  });

  it.each([
    ['both recorded', [{ from: 'a', to: 'b' }], 'the state holds both'],
    [
      'two become one',
      [
        { from: 'a', to: 'z' },
        { from: 'b', to: 'z' },
      ],
      'become z',
    ],
    [
      'one becomes two',
      [
        { from: 'a', to: 'y' },
        { from: 'a', to: 'z' },
      ],
      'becomes both y and z',
    ],
    [
      'a circle',
      [
        { from: 'x', to: 'y' },
        { from: 'y', to: 'x' },
      ],
      'go round in a circle',
    ],
    ['still described', [{ from: 'lone', to: 'z' }], 'there is still a descriptor for lone'],
  ])('refuses renames that cannot be: %s', (_, moved, message) => {
    const records = [recorded(workload('a')), recorded(workload('b'))];
    expect(() => planOf({ desired: [workload('lone')], records, moved })).toThrow(message);
  });
});
