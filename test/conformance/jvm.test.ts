import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { readStat } from '../../src/os/process.ts';
import { buildAgent, eventually, killNow, pidOf } from '../agent/ground.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { hostBuilt, hostGround, hostSpec, MIB } from '../providers/jvm/ground.ts';
import { conformance } from './suite.ts';

const all = hostBuilt ? jdks() : [];
let agent: Awaited<ReturnType<typeof buildAgent>>;
beforeAll(async () => {
  agent = await buildAgent();
});
afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));

if (all.length === 0)
  describe('conformance of jvm', () => it.skip('no JDK is here, or nothing was built', () => undefined));
const limited = detectCgroups().controllers.has('memory');

for (const jdk of all)
  conformance(
    `jvm, Java ${jdk.feature}`,
    async (lineage) => {
      const here = hostGround(agent.entry, jdk, lineage);
      const limits = { cpu: 1.5, memory: 400 * MIB };
      const spec = hostSpec(jdk, {
        env: { GREETING: 'hello' },
        properties: { greeting: 'hello' },
        ...(limited ? { resources: limits } : {}),
      });
      const jvm = spec.jvm ?? {};
      const resources = limited
        ? [
            { path: '/resources/cpu', spec: { ...spec, resources: { ...limits, cpu: 1 } } },
            { path: '/resources/memory', spec: { ...spec, resources: { ...limits, memory: 450 * MIB } } },
          ]
        : [];
      const live = [
        ...resources,
        { path: '/restart/policy', spec: { ...spec, restart: { policy: 'always' as const } } },
        { path: '/stop/gracePeriod', spec: { ...spec, stop: { gracePeriod: 5 } } },
        { path: '/tags', spec: { ...spec, tags: { team: 'a' } } },
      ].map((change) => ({ ...change, updateClass: 'live' as const }));
      const restart: { path: string; spec: Spec; updateClass: 'restart' }[] = [
        { path: '/env/GREETING', spec: { ...spec, env: { GREETING: 'bye' } } },
        { path: '/properties/greeting', spec: { ...spec, properties: { greeting: 'bye' } } },
        { path: '/jvm/heap', spec: { ...spec, jvm: { ...jvm, heap: 48 * MIB } } },
        { path: '/jvm/args', spec: { ...spec, jvm: { ...jvm, args: ['-XX:+UseSerialGC'] } } },
      ].map((change) => ({ ...change, updateClass: 'restart' as const }));
      return {
        provider: () => here.hosts(),
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
    },
    180_000,
  );
