import { describe, expect, it } from 'vitest';
import { canonical, type JsonObject } from '../../src/model/json.ts';
import { app, hostRules, jvm } from './host-scene.ts';
import { digest, type Given, job, planOf, recorded, seen, withHealth, workload } from './scene.ts';

const secret = { $template: { parts: ['postgres://app:', { secret: 'db' }, '@db'], sensitive: true } } as never;
const kept = (value: string) =>
  ({
    $sensitive: { parts: ['postgres://app:', { secret: 'db' }, '@db'], digest: digest(`postgres://app:${value}@db`) },
  }) as never;

/** A little of everything: a changed secret, a dead one, one gone from the descriptors, a new one that refers to another, a guard. */
const mixed: Given = {
  secrets: { db: 'rotated' },
  desired: [
    workload('db', { spec: withHealth(), lifecycle: { preventDestroy: true } }),
    workload('migrate', { spec: job(['up']), dependencies: [{ id: 'db', condition: 'healthy' }] }),
    workload('api', {
      dependencies: [
        { id: 'db', condition: 'healthy' },
        { id: 'migrate', condition: 'completed' },
      ],
      spec: { native: { command: 'api' }, env: { URL: secret }, resources: { memory: 2 } },
    }),
    workload('web', {
      dependencies: [{ id: 'api', restart: true, source: 'reference' }],
      spec: {
        native: { command: 'web' },
        env: { API: { $template: { parts: [{ workload: 'api', attribute: 'pid' }], sensitive: false } } as never },
      },
    }),
    workload('worker'),
  ],
  records: [
    recorded(workload('db', { spec: withHealth(), lifecycle: { preventDestroy: true } })),
    recorded(workload('migrate', { spec: job(['up']), dependencies: [{ id: 'db', condition: 'healthy' }] })),
    recorded(
      workload('api', {
        dependencies: [
          { id: 'db', condition: 'healthy' },
          { id: 'migrate', condition: 'completed' },
        ],
        spec: { native: { command: 'api' }, env: { URL: kept('old') }, resources: { memory: 1 } },
      }),
    ),
    recorded(workload('old', { dependencies: ['db'] })),
    recorded(workload('vault', { lifecycle: { preventDestroy: true } })),
    recorded(workload('worker')),
  ],
  observed: [
    seen('db', 'running'),
    seen('migrate', 'completed'),
    seen('api', 'running', { fields: { '/resources/memory': 9 } }),
    seen('old', 'running'),
    seen('vault', 'running'),
    seen('worker', 'dead', { since: '2026-01-01T10:00:00.000Z', detail: 'exited 137 (SIGKILL)' }),
  ],
};

/** A host restarts with two applications in it; a third moves to a JVM of its own, a fourth is new. */
const hosts: Given = {
  rules: hostRules,
  desired: [
    jvm('jvm.default', { heap: 2 ** 28 }),
    app('bus', 'jvm.default'),
    app('shop', 'jvm.default', { dependencies: ['bus'] }),
    workload('solo', { kind: 'java', provider: 'java', spec: { java: { mainClass: 'demo.Main', jvm: 'own' } } }),
    app('new', 'jvm.default'),
  ],
  records: [
    recorded(jvm('jvm.default')),
    recorded(app('bus', 'jvm.default')),
    recorded(app('shop', 'jvm.default', { dependencies: ['bus'] })),
    recorded(app('solo', 'jvm.default')),
  ],
  observed: ['jvm.default', 'bus', 'shop', 'solo'].map((id) => seen(id, 'running')),
};

describe('a whole plan', () => {
  it('is, byte for byte, what it was', async () => {
    const made = planOf(mixed);
    expect(JSON.stringify(made)).not.toMatch(/rotated|"old@/);
    await expect(`${canonical(made as unknown as JsonObject, 2)}\n`).toMatchFileSnapshot('golden/mixed.plan');
  });

  it('of a host JVM and what is in it, too', async () => {
    const made = planOf(hosts);
    await expect(`${canonical(made as unknown as JsonObject, 2)}\n`).toMatchFileSnapshot('golden/hosts.plan');
  });
});
