import fc from 'fast-check';
import type { Json, Pointer } from '../../src/model/json.ts';
import type { Cause, ChangeAction, Drift, Plan, UpdateClass, WorkloadChange } from '../../src/model/plan.ts';
import type { Spec } from '../../src/model/spec.ts';
import { KINDS } from '../../src/model/workload.ts';
import { change, planOf } from './plan-fixtures.ts';

/** Any text, with what hurts more often than chance would have it. */
const nasty = fc.constantFrom(
  '\u001b[31m',
  '\u009b2J',
  '\u202e',
  '\r\n',
  '\n',
  '`',
  '```',
  '````````',
  '|',
  '<script>',
  '-->',
  '--',
  '@team',
  '#1',
  '\\',
  '"',
  '\t',
  'EOT',
  '{"a":1}',
  '[1,2]',
  '\ud800',
  '字',
  '👩‍👩‍👧',
  '__proto__',
  '~/!+-',
);
export const text = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
  {
    weight: 2,
    arbitrary: fc.array(fc.oneof(nasty, fc.string({ maxLength: 6 })), { maxLength: 8 }).map((parts) => parts.join('')),
  },
);

const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.string({ maxLength: 6 }).map((digest) => ({ $sensitive: { parts: [{ secret: 'x' }], digest } })),
  fc.boolean().map((sensitive) => ({ $unknown: { parts: [{ workload: 'w', attribute: 'ports.80' }], sensitive } })),
);

const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    leaf,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 }),
  ),
})).value;

const spec: fc.Arbitrary<Spec> = fc.dictionary(
  fc.oneof(fc.constantFrom('env', 'native', 'name', 'tags'), text),
  value,
  { maxKeys: 4 },
) as unknown as fc.Arbitrary<Spec>;

const pointer: fc.Arbitrary<Pointer> = fc.oneof(
  fc.constantFrom('', '/env', '/native/args/0', '/env/A', '/name', '/tags/~1x'),
  fc
    .array(text, { maxLength: 3 })
    .map((path) => path.map((s) => `/${s.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')),
);

const date = fc.oneof(
  fc.date({ noInvalidDate: true }).map((d) => d.toISOString()),
  text,
);
const optional = <T>(key: string, arbitrary: fc.Arbitrary<T>) =>
  fc.option(arbitrary, { nil: undefined }).map((v) => (v === undefined ? {} : { [key]: v }));
const told = fc.tuple(optional('since', date), optional('detail', text)).map(([a, b]) => ({ ...a, ...b }));

const cause: fc.Arbitrary<Cause> = fc.oneof(
  fc.constantFrom<Cause>({ type: 'configured' }, { type: 'removed' }, { type: 'unhealthy' }, { type: 'interrupted' }),
  fc
    .tuple(fc.constantFrom('changed', 'stopped', 'gone'), told)
    .map(([what, more]): Cause => ({ type: 'drift', what, ...more })),
  fc.record({
    type: fc.constant('dependency'),
    workload: text,
    what: fc.constantFrom('replaced', 'restarted', 'changed'),
    attribute: text,
  }) as fc.Arbitrary<Cause>,
  text.map((by): Cause => ({ type: 'requested', by })),
  text.map((error): Cause => ({ type: 'failed', error })),
  fc.tuple(text, text).map(([from, to]): Cause => ({ type: 'desiredState', from, to })),
  fc.tuple(text, text).map(([by, at]): Cause => ({ type: 'desiredState', from: 'stopped', to: 'running', by, at })),
);

const ACTIONS: ChangeAction[] = [
  'no-op',
  'create',
  'update',
  'restart',
  'replace',
  'create-before-destroy',
  'delete',
  'forget',
  'start',
  'stop',
  'pause',
  'resume',
  'wait',
];
const CLASSES: UpdateClass[] = ['live', 'restart', 'replace'];

const oneChange: fc.Arbitrary<WorkloadChange> = fc
  .tuple(
    fc.oneof(text, fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/)),
    fc.constantFrom(...ACTIONS),
    fc.record({
      kind: fc.constantFrom(...KINDS),
      provider: text,
      causes: fc.array(cause, { maxLength: 3 }),
      differences: fc.array(
        fc
          .tuple(
            pointer,
            cause,
            fc.constantFrom(...CLASSES),
            text,
            optional('observed', value),
            optional('before', value),
          )
          .map(([path, why, updateClass, reason, observed, before]) => ({
            path,
            cause: why,
            updateClass,
            reason,
            ...observed,
            ...before,
          })),
        { maxLength: 4 },
      ),
      forcedBy: fc.array(pointer, { maxLength: 2 }),
      downtime: fc.boolean(),
      dataLoss: fc.array(text, { maxLength: 2 }),
      before: fc.option(spec),
      after: fc.option(spec),
    }),
    optional('updateClass', fc.constantFrom(...CLASSES)),
    optional('previousId', text),
    optional('refused', fc.record({ code: text, message: text })),
  )
  .map(([id, action, more, ...rest]) => change(id, action, Object.assign({ ...more }, ...rest)));

const oneDrift: fc.Arbitrary<Drift> = fc
  .tuple(
    fc.record({
      id: text,
      kind: fc.constantFrom(...KINDS),
      what: fc.constantFrom('changed', 'stopped', 'gone'),
      differences: fc.array(
        fc.tuple(pointer, optional('after', value)).map(([path, after]) => ({ path, ...after })),
        { maxLength: 3 },
      ),
      before: spec,
    }),
    told,
  )
  .map(([drift, more]) => ({ ...drift, ...more }) as Drift);

const oneOrphan = fc.record(
  {
    id: text,
    generation: fc.integer({ min: 1, max: 9 }),
    kind: fc.constantFrom(...KINDS),
    provider: text,
    name: text,
    status: fc.constantFrom('running', 'stopped', 'dead'),
    kept: fc.boolean(),
  },
  { requiredKeys: ['id', 'generation', 'kind', 'provider', 'status', 'kept'] },
);

/** Any plan at all, possible or not: what views must survive. */
export const anyPlan: fc.Arbitrary<Plan> = fc
  .record({
    changes: fc.uniqueArray(oneChange, { maxLength: 6, selector: (c) => c.id }),
    drift: fc.array(oneDrift, { maxLength: 3 }),
    orphans: fc.array(oneOrphan, { maxLength: 3 }),
    mode: fc.constantFrom('apply', 'destroy', 'refresh-only', 'imperative'),
    project: text,
    warnings: fc.array(fc.record({ code: text, message: text, workload: text }), { maxLength: 2 }),
  })
  .map(({ changes, ...more }) => planOf(changes, more as Partial<Plan>));
