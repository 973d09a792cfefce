import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Instances } from '../../src/agent/instances.ts';
import { openRegistry } from '../../src/agent/registry.ts';
import { Tenants } from '../../src/agent/tenants/tenants.ts';
import type { World } from '../../src/agent/world.ts';
import { PjError } from '../../src/errors.ts';
import type { HostLink } from '../../src/jvm/hosts.ts';
import { SOCKET_VARIABLE } from '../../src/jvm/place.ts';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { selfIdentity } from '../../src/os/identity.ts';
import { findTools } from '../../src/os/sandbox.ts';
import { eventually } from './ground.ts';

let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'pj-busy-'));
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

/** A host of which this test is the process, and what it answers: no more than is given here. */
function hosting(answer: (method: string, nth: number) => unknown) {
  const said: string[] = [];
  const asked: string[] = [];
  const world: World = {
    project,
    place: 'place',
    registry: openRegistry(project),
    cgroups: { ...detectCgroups(), writable: false },
    tools: findTools,
    key: async () => undefined,
    now: () => new Date(),
    random: Math.random,
    log: (text) => void said.push(text),
  };
  const processes = new Instances(world);
  const tenants = new Tenants(world, processes);
  const call = async (method: string) => {
    asked.push(method);
    return answer(method, asked.filter((one) => one === method).length);
  };
  const link = { call, list: () => call('list') } as unknown as HostLink;
  Object.assign(tenants.links, { at: () => link });
  const identity = { project: 'test', lineage: 'lineage', generation: 1 };
  const common = { specDigest: 'd', base: {} };
  const spec: Spec = { jvm: {}, env: { [SOCKET_VARIABLE]: join(project, 'host') } };
  const host = processes.obtain({ identity: { ...identity, id: 'jvm.default' }, spec, stored: spec, ...common });
  Object.assign(host.entry, { phase: 'running', wanted: 'running', process: selfIdentity(), token: 'one' });
  const app: Spec = { java: { mainClass: 'app.Main', classpath: [project] } };
  const keep = (id: string) =>
    tenants.keep({
      ...{ identity: { ...identity, id }, spec: app, stored: app, ...common },
      ...{ inside: { id: 'jvm.default' }, after: [], wanted: 'running' as const, run: 'run' },
    });
  return { tenants, host, keep, said, asked };
}

it('asks a host that did not answer in time again, for as long as it runs', async () => {
  const silent = new PjError('PJ5603', { host: 'jvm.default', reason: 'no answer to list within 10 s' });
  const { tenants, host, keep, said, asked } = hosting((method, nth) => {
    if (method === 'list' && nth < 3) throw silent;
    return method === 'list' ? { apps: [] } : { phase: 'running', run: 'run', lastExit: null };
  });
  await keep('a');
  tenants.hostStarts(host);
  tenants.revive(host);
  await eventually('it is back', () => said.includes('a: is back in jvm.default'));
  expect(asked).toEqual(['hello', 'list', 'list', 'list', 'start']);
  expect(said.filter((line) => line.includes('is asked again'))).toHaveLength(1);
  expect(tenants.look(['a'])).toMatchObject([{ returning: false, entry: { phase: 'running' } }]);
});

it('does not ask one that has ended, nor one that was started anew since', async () => {
  const { tenants, host, keep, said, asked } = hosting((method) => {
    if (method === 'hello') return {};
    host.entry.token = 'two';
    throw new PjError('PJ5603', { host: 'jvm.default', reason: 'it ended in the middle of a call' });
  });
  await keep('a');
  tenants.hostStarts(host);
  tenants.revive(host);
  await eventually('it is over', () => !tenants.isReviving(host));
  expect([asked, said]).toEqual([['hello', 'list'], []]);
  expect(tenants.look(['a'])).toMatchObject([{ entry: { phase: 'starting' } }]);
});

it('does not take the end of its connection for a fault of the application, a moment before the host is seen to be dead', async () => {
  const { tenants, host, keep, said } = hosting((method) => {
    if (method === 'hello') return {};
    if (method === 'list') return { apps: [] };
    setTimeout(() => Object.assign(host.entry, { phase: 'backoff', process: null }), 100);
    throw new PjError('PJ5603', { host: 'jvm.default', reason: 'it ended in the middle of a call' });
  });
  await keep('a');
  tenants.hostStarts(host);
  tenants.revive(host);
  await eventually('it is over', () => !tenants.isReviving(host));
  expect(said).toEqual([]);
  expect(tenants.look(['a'])).toMatchObject([{ returning: true, entry: { phase: 'starting', attempts: 0 } }]);
});
