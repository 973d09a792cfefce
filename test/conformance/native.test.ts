import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { readStat } from '../../src/os/process.ts';
import { buildAgent, eventually, ground, killNow, pidOf } from '../agent/ground.ts';
import { conformance } from './suite.ts';

let agent: Awaited<ReturnType<typeof buildAgent>>;
beforeAll(async () => {
  agent = await buildAgent();
});
afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));

const WAITS = 'setInterval(() => {}, 1e6)';
const limited = detectCgroups().controllers.has('memory');

conformance('native', async (lineage) => {
  const here = ground(agent.entry, lineage);
  const spec: Spec = {
    env: { GREETING: 'hello' },
    restart: { policy: 'no' },
    stop: { gracePeriod: 5 },
    ...(limited ? { resources: { cpu: 0.5, memory: 128 * 1024 * 1024, maxProcesses: 64 } } : {}),
    native: { command: process.execPath, args: ['-e', WAITS], ports: [18080] },
  };
  const native = spec.native ?? { command: '' };
  const resources = limited
    ? [
        { path: '/resources/cpu', spec: { ...spec, resources: { ...spec.resources, cpu: 0.25 } } },
        { path: '/resources/memory', spec: { ...spec, resources: { ...spec.resources, memory: 200_000_001 } } },
        { path: '/resources', spec: without(spec, 'resources') },
      ]
    : [];
  const live = [
    ...resources,
    { path: '/restart/policy', spec: { ...spec, restart: { policy: 'always' as const } } },
    { path: '/stop/gracePeriod', spec: { ...spec, stop: { gracePeriod: 2 } } },
    { path: '/native/ports', spec: { ...spec, native: { ...native, ports: [18081] } } },
    { path: '/tags', spec: { ...spec, tags: { team: 'a' } } },
  ].map((change) => ({ ...change, updateClass: 'live' as const }));
  const restart = [
    { path: '/env/GREETING', spec: { ...spec, env: { GREETING: 'bye' } } },
    { path: '/native/args', spec: { ...spec, native: { ...native, args: ['-e', `${WAITS};0`] } } },
    { path: '/native/umask', spec: { ...spec, native: { ...native, umask: '027' } } },
    { path: '/native/rlimits', spec: { ...spec, native: { ...native, rlimits: { nofile: 1000 } } } },
  ].map((change) => ({ ...change, updateClass: 'restart' as const }));
  return {
    provider: () => here.provider(),
    spec,
    changes: [...live, ...restart],
    engineId: (attributes) => attributes['pid'],
    async kill(attributes) {
      const pid = pidOf(attributes);
      killNow(pid);
      await eventually('it is dead', () => [undefined, 'Z'].includes(readStat(pid)?.state));
    },
    async breakConnection() {
      const pid = await eventually('an agent', () => here.agentPid());
      killNow(pid);
      await eventually('it is dead', () => here.agentPid() === undefined);
    },
    async leftovers() {
      const pj = join(here.dir, '.pj');
      const files = existsSync(pj) ? readdirSync(pj).filter((name) => name !== 'logs') : [];
      const own = readdirSync(here.dir).filter((name) => name !== '.pj');
      const run = readdirSync(here.env['XDG_RUNTIME_DIR'] ?? '');
      return [...files, ...own, ...run, ...here.cgroups(), ...here.marked().map(({ marker }) => marker)];
    },
    clear: () => here.clear(),
  };
});

function without(spec: Spec, key: 'resources'): Spec {
  const { [key]: _, ...rest } = spec;
  return rest;
}
