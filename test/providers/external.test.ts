import { describe, expect, it } from 'vitest';
import type { WorkloadRecord } from '../../src/model/record.ts';
import { DEFAULT_LIFECYCLE } from '../../src/model/workload.ts';
import type { CallContext, Target } from '../../src/providers/contract.ts';
import { externalProvider } from '../../src/providers/external/index.ts';
import { makeProvider, PROVIDERS } from '../../src/providers/registry.ts';

const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
const target = (external: Target['spec']['external']): Target => ({
  identity: { project: 'p', lineage: 'l', id: 'db', generation: 1 },
  handle: null,
  spec: external === undefined ? {} : { external },
  specDigest: '',
});
const record = (more: Partial<WorkloadRecord> = {}): WorkloadRecord => ({
  id: 'db',
  kind: 'external',
  provider: 'external',
  generation: 1,
  spec: { external: { address: '10.0.0.5' } },
  handle: { address: '10.0.0.5' },
  state: 'RUNNING',
  health: 'none',
  completed: false,
  desiredState: 'running',
  dependencies: [],
  lifecycle: DEFAULT_LIFECYCLE,
  attributes: { address: '10.0.0.5' },
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
  ...more,
});

describe('something that pj does not run', () => {
  const provider = externalProvider();

  it.each(['create', 'start'] as const)('%s succeeds at once and tells address and ports', async (action) => {
    const made = await provider[action](target({ address: '10.0.0.5', ports: { api: 80 } }), context);
    expect(made).toEqual({ handle: { address: '10.0.0.5' }, attributes: { address: '10.0.0.5', ports: { api: 80 } } });
  });

  it('an update takes the new address', async () => {
    const made = await provider.update(target({ address: '10.0.0.6' }), ['/external/address'], context);
    expect(made).toEqual({ handle: { address: '10.0.0.6' }, attributes: { address: '10.0.0.6' } });
  });

  it('tells nothing that the state must not know, and says so at plan', async () => {
    const secret = { $sensitive: { parts: [{ env: 'DB_HOST' }], digest: 'd' } } as unknown as string;
    const stored = { external: { address: secret, ports: { api: 80 } } };
    const known = target({ address: 'db.internal', ports: { api: 80 } });
    const made = await provider.create({ ...known, stored }, context);
    expect(made).toEqual({ handle: {}, attributes: { ports: { api: 80 } } });
    const template = { $template: { parts: [{ env: 'DB_HOST' }], sensitive: true } } as unknown as string;
    const workload = { ...record(), spec: { external: { address: template } } };
    expect((await provider.check([workload], context)).get('db')).toEqual([
      expect.objectContaining({ severity: 'warning', path: '/external' }),
    ]);
    expect((await provider.check([record()], context)).size).toBe(0);
  });

  it('stop and destroy do nothing, twice', async () => {
    for (let i = 0; i < 2; i += 1) {
      await provider.stop(target({ address: 'a' }), context);
      await provider.destroy(target({ address: 'a' }), { destroyVolumes: true }, context);
    }
  });

  it.each([
    ['RUNNING', {}, 'running'],
    ['FAILED', {}, 'running'],
    ['STOPPED', {}, 'stopped'],
    ['DEPLOYED', {}, 'stopped'],
    ['RUNNING', { handle: null }, 'gone'],
  ] as const)('reads as recorded: %s %j is %s', async (state, more, status) => {
    const [seen] = await provider.read([record({ state, ...more })], context);
    expect(seen).toMatchObject({ id: 'db', status, fields: {}, attributes: { address: '10.0.0.5' } });
  });

  it('no change of it takes anything down', () => {
    expect(provider.classify('/external/address', 'a', 'b').updateClass).toBe('live');
  });

  it('nothing of it can be found, listed or complained of', async () => {
    expect(await provider.find({ project: 'p', lineage: 'l', id: 'db', generation: 1 }, context)).toBeUndefined();
    expect(await provider.list({ project: 'p', lineage: 'l' }, context)).toEqual([]);
    expect((await provider.check([], context)).size).toBe(0);
  });
});

describe('the registry', () => {
  const options = { dir: '/nowhere', project: 'p', env: {}, pjVersion: '0' };

  it('gives the external provider', async () => {
    expect((await makeProvider('external', options)).name).toBe('external');
  });

  it.each(PROVIDERS)('knows %s', async (name) => {
    expect((await makeProvider(name, options)).name).toBe(name);
  });

  it('refuses another name with a clear sentence', async () => {
    await expect(makeProvider('constructor', options)).rejects.toMatchObject({
      code: 'PJ5051',
      message: expect.stringContaining('there is no provider constructor'),
    });
  });
});
