import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { buildAgent, eventually, killNow } from '../agent/ground.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { HOST, hostBuilt, hostGround } from '../providers/jvm/ground.ts';
import { inHost, type Programs, programs } from '../providers/jvm/programs.ts';
import { conformance } from './suite.ts';

const all = hostBuilt ? jdks() : [];
const [oldest] = all;
let agent: Awaited<ReturnType<typeof buildAgent>>;
let made: Programs;
beforeAll(async () => {
  agent = await buildAgent();
  if (oldest !== undefined) made = programs(oldest);
});
afterAll(() => {
  rmSync(agent.dir, { recursive: true, force: true });
  made?.clear();
});

const { controllers } = detectCgroups();
const limited = controllers.has('cpu') && controllers.has('pids');
if (oldest === undefined)
  describe('conformance of java shared', () => it.skip('no JDK is here, or nothing was built', () => undefined));

for (const jdk of all)
  conformance(
    `java shared, Java ${jdk.feature}`,
    async (lineage) => {
      const here = hostGround(agent.entry, jdk, lineage);
      try {
        await here.up();
      } catch (error) {
        await here.clear();
        throw error;
      }
      const before = new Set([...here.cgroups(), ...readdirSync(join(here.dir, '.pj/agent'))]);
      const limits = { cpu: 0.5, maxThreads: 20 };
      const spec = inHost(made, ['wait'], {
        properties: { greeting: 'hello' },
        volumes: [{ name: 'data', path: 'data', type: 'persistent' }],
        ...(limited ? { resources: limits } : {}),
        java: { ports: [18080], threadPool: { corePoolSize: 1 } },
      });
      const { java = {} } = spec;
      const resources = limited
        ? [
            { path: '/resources/cpu', spec: { ...spec, resources: { ...limits, cpu: 0.25 } } },
            { path: '/resources/maxThreads', spec: { ...spec, resources: { ...limits, maxThreads: 30 } } },
          ]
        : [];
      const live = [
        ...resources,
        { path: '/restart/policy', spec: { ...spec, restart: { policy: 'always' as const } } },
        { path: '/stop/gracePeriod', spec: { ...spec, stop: { gracePeriod: 4 } } },
        { path: '/java/ports', spec: { ...spec, java: { ...java, ports: [18081] } } },
        { path: '/java/threadPool', spec: { ...spec, java: { ...java, threadPool: { corePoolSize: 2 } } } },
        { path: '/tags', spec: { ...spec, tags: { team: 'a' } } },
      ].map((change) => ({ ...change, updateClass: 'live' as const }));
      const restart = [
        { path: '/properties/greeting', spec: { ...spec, properties: { greeting: 'bye' } } },
        { path: '/java/args', spec: { ...spec, java: { ...java, args: ['property=greeting', 'wait'] } } },
        { path: '/java/classpath', spec: { ...spec, java: { ...java, classpath: [made.jar] } } },
      ].map((change) => ({ ...change, updateClass: 'restart' as const }));
      const replace: { path: string; spec: Spec; updateClass: 'replace' }[] = [
        { path: '/java/jvm', spec: { ...spec, java: { ...java, jvm: 'own' } }, updateClass: 'replace' },
        { path: '/java/host', spec: { ...spec, java: { ...java, host: 'jvm.other' } }, updateClass: 'replace' },
      ];
      return {
        provider: () => here.apps(),
        spec,
        changes: [...live, ...restart, ...replace],
        engineId: (attributes) => attributes['startedAt'],
        async breakConnection() {
          const pid = await eventually('an agent', () => here.agentPid());
          killNow(pid);
          await eventually('it is dead', () => here.agentPid() === undefined);
        },
        async leftovers() {
          const pj = join(here.dir, '.pj');
          const volumes = join(pj, 'volumes');
          const entries = readdirSync(join(pj, 'agent')).filter((name) => /\.tenant|@/.test(name));
          const own = [
            ...entries,
            ...here.cgroups(),
            ...(existsSync(volumes) ? readdirSync(volumes, { recursive: true }).map(String) : []),
          ];
          return own.filter((name) => !before.has(name) && !name.startsWith(`${HOST}@`));
        },
        clear: () => here.clear(),
      };
    },
    180_000,
  );
