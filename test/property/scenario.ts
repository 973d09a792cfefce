import fc from 'fast-check';
import type { Json } from '../../src/model/json.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Part } from '../../src/model/template.ts';
import type { Dependency, Workload } from '../../src/model/workload.ts';
import type { Mishaps } from './executor.ts';
import { CANARY, type Secrets } from './world.ts';

/** One turn of a project's history: descriptors, what happens outside, what goes wrong while they are applied. */
export interface Turn {
  desired: Workload[];
  secrets: Secrets;
  drift: { id: string; what: DriftKind }[];
  mishaps: Mishaps;
}

export type DriftKind = 'die' | 'stop' | 'vanish' | 'env' | 'memory' | 'args' | 'pause' | 'restart' | 'match';

export const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

const rarely = (weight = 4): fc.Arbitrary<boolean> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  );

const own = fc.record({
  external: rarely(6),
  job: rarely(4),
  checked: fc.boolean(),
  command: fc.constantFrom('run', 'run2'),
  args: fc.constantFrom(undefined, ['-a'], ['-b'], ['-a', '-b']),
  memory: fc.constantFrom(undefined, 100, 200),
  env: fc.constantFrom(undefined, 'x', 'y'),
  secret: rarely(2),
  ports: fc.constantFrom(undefined, [80], [81]),
  address: fc.constantFrom('10.0.0.1', '10.0.0.2'),
  state: fc.oneof(
    { weight: 8, arbitrary: fc.constant('running' as const) },
    { weight: 1, arbitrary: fc.constantFrom('stopped' as const, 'paused' as const) },
  ),
  beside: rarely(2),
  protect: rarely(12),
  ignore: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('/env', '/resources/memory', '/native/args') },
  ),
  replaceOn: fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('/env', '/resources') },
  ),
  depends: fc.array(
    fc.record({
      on: fc.nat(6),
      restart: fc.boolean(),
      optional: rarely(5),
      healthy: fc.boolean(),
      within: rarely(3),
      refers: fc.constantFrom(undefined, 'pid', 'address', 'id', 'state'),
    }),
    { maxLength: 3 },
  ),
});

/** A project: some of the ids, each depending only on those before it in a random order, so that edges may turn round between turns. */
export const projects: fc.Arbitrary<Workload[]> = fc
  .record({
    order: fc.shuffledSubarray(IDS, { minLength: 0 }),
    each: fc.array(own, { minLength: IDS.length, maxLength: IDS.length }),
  })
  .map(({ order, each }) => {
    const jobs = new Set(order.filter((_, i) => each[i]?.job === true && each[i]?.external === false));
    return order.flatMap((id, i) => {
      const one = each[i];
      if (one === undefined) return [];
      const dependencies = new Map<string, Dependency>();
      const env: Record<string, Json> = {};
      let host: string | undefined;
      if (one.env !== undefined) env['PLAIN'] = one.env;
      if (one.secret) env['SECRET'] = { $template: { parts: ['pre-', { secret: 'key' }], sensitive: true } };
      for (const { on, restart, optional, healthy, within, refers } of one.depends) {
        const target = i === 0 ? undefined : order[on % i];
        if (target === undefined || dependencies.has(target)) continue;
        if (within && !jobs.has(target)) host ??= target;
        const condition = jobs.has(target) ? 'completed' : healthy ? 'healthy' : 'started';
        dependencies.set(target, {
          id: target,
          condition,
          optional,
          restart: restart || host === target,
          source: refers === undefined ? 'declared' : 'reference',
        });
        const external = each[order.indexOf(target)]?.external === true;
        if (refers === undefined || (external && refers === 'pid')) continue;
        const parts: Part[] = ['at ', { workload: target, attribute: refers }];
        env[`REF_${target}`] = { $template: { parts, sensitive: false } };
      }
      return [workload(id, one, dependencies, env, host)];
    });
  });

function workload(
  id: string,
  one: typeof own extends fc.Arbitrary<infer T> ? T : never,
  dependencies: Map<string, Dependency>,
  env: Record<string, Json>,
  host: string | undefined,
): Workload {
  const spec = {
    ...(Object.keys(env).length > 0 && { env }),
    // It runs in a JVM, for all that the planner cares.
    ...(host !== undefined && !one.external && { java: { host } }),
    ...(one.memory !== undefined && { resources: { memory: one.memory } }),
    ...(one.checked && !one.job && { healthCheck: { type: 'tcp', port: 1 } }),
    ...(one.external
      ? { external: { address: one.address } }
      : {
          native: {
            command: one.command,
            ...(one.args !== undefined && { args: one.args }),
            ...(one.ports !== undefined && { ports: one.ports }),
            ...(one.job && { type: 'job' }),
          },
        }),
  } as Spec;
  return {
    id,
    kind: one.external ? 'external' : 'native',
    provider: one.external ? 'external' : 'native',
    dependencies: [...dependencies.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    desiredState: one.external ? 'running' : one.state,
    lifecycle: {
      preventDestroy: one.protect,
      createBeforeDestroy: one.beside,
      ignoreChanges: one.ignore === undefined ? [] : [one.ignore],
      replaceOn: one.replaceOn === undefined ? [] : [one.replaceOn],
      rollback: false,
    },
    spec,
  };
}

const mishaps: fc.Arbitrary<Mishaps> = fc.record({
  failures: fc.array(fc.record({ at: fc.nat(25), after: fc.boolean() }), { maxLength: 3 }),
  kill: fc.option(fc.record({ at: fc.nat(20), after: fc.boolean() }), { nil: undefined, freq: 3 }),
  picks: fc.array(fc.nat(5), { maxLength: 6 }),
});

const secrets = fc.constantFrom(`${CANARY}-1`, `${CANARY}-2`).map((key): Secrets => ({ key }));

const drift = fc.array(
  fc.record({
    id: fc.constantFrom(...IDS),
    what: fc.constantFrom<DriftKind>('die', 'stop', 'vanish', 'env', 'memory', 'args', 'pause', 'restart', 'match'),
  }),
  { maxLength: 4 },
);

export const turns: fc.Arbitrary<Turn> = fc.record({ desired: projects, secrets, drift, mishaps });

/** Some turns of one project; a turn may keep the descriptors of the one before, so that only reality has moved. */
export const histories: fc.Arbitrary<Turn[]> = fc
  .array(fc.record({ turn: turns, same: rarely(2) }), { minLength: 1, maxLength: 3 })
  .map((all) => {
    let last: Turn | undefined;
    return all.map(({ turn, same }) => {
      last = same && last !== undefined ? { ...turn, desired: last.desired, secrets: last.secrets } : turn;
      return last;
    });
  });
