import { describe, expect, it } from 'vitest';
import { attributeOf, resolveSpec, templatesOf } from '../../src/applier/resolve.ts';
import type { Json } from '../../src/model/json.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Part } from '../../src/model/template.ts';
import { bench, change, difference, digestOf, fakeValues, fates, planned, planOf, record, step } from './fakes.ts';

const leaf = (value: unknown) => value as string;
const sensitive = (parts: Part[], value: Json) => leaf({ $sensitive: { parts, digest: digestOf(value) } });
const unknown = (parts: Part[], isSensitive = false) => leaf({ $unknown: { parts, sensitive: isSensitive } });
const db = record('db', {}, { attributes: { address: '10.0.0.5', ports: { '80': 8080, 'app.http': 9090 } } });
const from = { values: fakeValues({ 'secret.pw': 'hunter22', 'var.n': 7 }), workloads: { db } };
const env = (value: string): Spec => ({ env: { URL: value } });

describe('a spec is resolved', () => {
  it('a reference gets its value, and is recorded plainly', () => {
    const parts: Part[] = [
      'http://',
      { workload: 'db', attribute: 'address' },
      ':',
      { workload: 'db', attribute: 'ports.80' },
    ];
    const resolved = resolveSpec('web', env(unknown(parts)), from);
    expect(resolved.spec).toEqual(env('http://10.0.0.5:8080'));
    expect(resolved.recorded).toEqual(env('http://10.0.0.5:8080'));
  });

  it('a template of one part keeps the type', () => {
    const spec = { healthCheck: { port: unknown([{ workload: 'db', attribute: 'ports.80' }]) as unknown as number } };
    expect(resolveSpec('web', spec, from).spec).toEqual({ healthCheck: { port: 8080 } });
  });

  it('a sensitive value gets its value, and is recorded as it was', () => {
    const spec = env(sensitive([{ secret: 'pw' }], 'hunter22'));
    const resolved = resolveSpec('web', spec, from);
    expect(resolved.spec).toEqual(env('hunter22'));
    expect(resolved.recorded).toEqual(spec);
  });

  it('a sensitive value that was not known when planning is recorded as a digest', () => {
    const parts: Part[] = [{ secret: 'pw' }, '@', { workload: 'db', attribute: 'address' }];
    const resolved = resolveSpec('web', env(unknown(parts, true)), from);
    expect(resolved.spec).toEqual(env('hunter22@10.0.0.5'));
    expect(resolved.recorded).toEqual(env(sensitive(parts, 'hunter22@10.0.0.5')));
    expect(JSON.stringify(resolved.recorded)).not.toContain('hunter22');
  });

  it('the digest is the same for the same values, whatever gave them', () => {
    const one = resolveSpec('web', env(unknown([{ workload: 'db', attribute: 'address' }])), from);
    expect(one.digest).toBe(resolveSpec('web', env('10.0.0.5'), from).digest);
    expect(one.digest).not.toBe(resolveSpec('web', env('10.0.0.6'), from).digest);
  });

  it.each([
    [
      'a value that changed since',
      sensitive([{ secret: 'pw' }], 'other'),
      'PJ4002',
      'web: the value of secret.pw is not the one that the plan was made with',
    ],
    [
      'a workload that is not there',
      unknown([{ workload: 'nope', attribute: 'address' }]),
      'PJ4003',
      'web: ${workload.nope.address} has no value: nope is not in the state',
    ],
    [
      'an attribute that is not there',
      unknown([{ workload: 'db', attribute: 'nope' }]),
      'PJ4003',
      'web: ${workload.db.nope} has no value: db has no attribute nope',
    ],
    [
      'a source without a value',
      unknown([{ secret: 'nope' }], true),
      'PJ4003',
      'web: secret.nope has no value: its source gave none',
    ],
    [
      'a name that every object has',
      unknown([{ workload: 'db', attribute: 'constructor' }]),
      'PJ4003',
      'web: ${workload.db.constructor} has no value: db has no attribute constructor',
    ],
  ])('%s is an error', (_, value, code, message) => {
    expect(() => resolveSpec('web', env(value), from)).toThrow(expect.objectContaining({ code, message }));
  });

  it('only templates with a sensitive source need preparing', () => {
    const spec = {
      env: { A: unknown([{ workload: 'db', attribute: 'id' }]), B: sensitive([{ secret: 'pw' }], 'x'), C: 'plain' },
    };
    expect(templatesOf(spec)).toEqual([[{ secret: 'pw' }]]);
    expect(templatesOf(undefined)).toEqual([]);
  });

  it.each([
    ['address', '10.0.0.5'],
    ['ports.80', 8080],
    ['ports.app.http', 9090],
    ['id', 'db'],
    ['state', 'RUNNING'],
    ['ports.81', undefined],
    ['address.length', undefined],
    ['toString', undefined],
  ])('attribute %s', (name, value) => {
    expect(attributeOf(db, name)).toEqual(value);
  });
});

describe('in an apply', () => {
  it('references are read when their turn comes, and the record keeps what was applied', async () => {
    const b = bench();
    b.engine.attributes = ({ identity }) => ({ address: `fresh-${identity.id}` });
    const wants = [planned('db'), planned('web', env(unknown([{ workload: 'db', attribute: 'address' }])))];
    const steps = [step('create db'), step('create web', ['create db']), step('start web', ['create web'])];
    await b.apply(planOf(steps, wants));
    expect(b.engine.instances.get('web@1')?.spec).toEqual(env('fresh-db'));
    expect(b.session.snapshot.workloads['web']?.spec).toEqual(env('fresh-db'));
  });

  it('what was observed for the plan counts for what the run does not touch, the record for what it does', async () => {
    const parts: Part[] = [{ secret: 'pw' }, '@', { workload: 'db', attribute: 'address' }];
    const seen = { id: 'db', status: 'running', fields: {}, attributes: { address: 'moved' }, handle: null } as const;
    const b = bench({ workloads: { db }, secrets: { 'secret.pw': 'hunter22' } });
    b.engine.attributes = () => ({ address: 'fresh' });
    const wants = [
      planned('web', env(sensitive(parts, 'hunter22@moved'))),
      planned('late', env(unknown(parts, true))),
      planned('db'),
    ];
    const steps = [step('create web'), step('update db', ['create web']), step('create late', ['update db'])];
    const changes = [change('db', 'update', { differences: [difference('/env')] })];
    const result = await b.apply(planOf(steps, wants, changes), { observed: new Map([['db', seen]]) });
    expect(result.outcome).toBe('ok');
    expect(b.engine.instances.get('web@1')?.spec).toEqual(env('hunter22@moved'));
    expect(b.engine.instances.get('late@1')?.spec).toEqual(env('hunter22@fresh'));
  });

  it('what was made is what is started, even if a value changed between the two', async () => {
    const b = bench({ workloads: { db } });
    b.engine.script = (call) => {
      if (call === 'create web@1') b.session.snapshot.workloads['db'] = { ...db, attributes: { address: 'moved' } };
    };
    const steps = [step('create web'), step('start web', ['create web'])];
    await b.apply(planOf(steps, [planned('web', env(unknown([{ workload: 'db', attribute: 'address' }])))]));
    expect(b.engine.instances.get('web@1')?.spec).toEqual(env('10.0.0.5'));
    expect(b.session.snapshot.workloads['web']?.spec).toEqual(env('10.0.0.5'));
  });

  it('a sensitive value that no longer matches stops the step before the journal and the engine', async () => {
    const b = bench({
      workloads: { web: record('web', {}, { state: 'STOPPED' }) },
      secrets: { 'secret.pw': 'hunter22' },
    });
    const want = planned('web', env(sensitive([{ secret: 'pw' }], 'as it was')));
    const result = await b.apply(planOf([step('start web')], [want]));
    expect(result.steps[0]).toMatchObject({ outcome: 'failed', error: { code: 'PJ4002' } });
    expect(b.engine.calls).toEqual([]);
    expect(b.session.journal).toEqual([]);
    expect(b.session.snapshot.workloads['web']).toMatchObject({ state: 'STOPPED', lastError: { code: 'PJ4002' } });
  });

  it('only values that a step needs are asked for, all before the first step', async () => {
    const b = bench({
      workloads: { gone: record('gone', env(sensitive([{ secret: 'gone' }], 'x'))) },
      secrets: { 'secret.pw': 'hunter22' },
    });
    const wants = [
      planned('web', env(sensitive([{ secret: 'pw' }], 'hunter22'))),
      planned('idle', env(sensitive([{ secret: 'idle' }], 'x'))),
    ];
    const result = await b.apply(planOf([step('create web'), step('destroy gone')], wants, [change('web', 'create')]));
    expect(b.values.prepared).toEqual(['secret.pw']);
    expect(fates(result)).toEqual({ 'create web': 'done', 'destroy gone': 'done' });
    expect(JSON.stringify([b.session.snapshot, b.events])).not.toContain('hunter22');
  });
});
