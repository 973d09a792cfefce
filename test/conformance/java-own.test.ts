import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { readStat } from '../../src/os/process.ts';
import { buildAgent, eventually, killNow, pidOf } from '../agent/ground.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { app, javaGround, type Program, program } from '../providers/java/ground.ts';
import { conformance } from './suite.ts';

const all = jdks();
const [oldest] = all;
let agent: Awaited<ReturnType<typeof buildAgent>>;
let made: Program;
beforeAll(async () => {
  agent = await buildAgent();
  if (oldest !== undefined) made = program(oldest);
});
afterAll(() => {
  rmSync(agent.dir, { recursive: true, force: true });
  made?.clear();
});

const limited = detectCgroups().controllers.has('memory');
if (oldest === undefined) describe('conformance of java own', () => it.skip('there is no JDK here', () => undefined));

for (const jdk of all)
  conformance(`java own, Java ${jdk.feature}`, async (lineage) => {
    const here = javaGround(agent.entry, lineage);
    const limits = { cpu: 1, memory: 256 * 1024 * 1024, maxThreads: 200 };
    const spec = app(jdk, made, ['wait'], {
      env: { GREETING: 'hello' },
      properties: { greeting: 'hello' },
      ...(limited ? { resources: limits } : {}),
      java: { ports: [18080], heap: 64 * 1024 * 1024, args: ['wait'] },
    });
    const java = spec.java ?? {};
    const resources = limited
      ? [
          { path: '/resources/cpu', spec: { ...spec, resources: { ...limits, cpu: 0.75 } } },
          { path: '/resources/memory', spec: { ...spec, resources: { ...limits, memory: 300 * 1024 * 1024 } } },
        ]
      : [];
    const live = [
      ...resources,
      { path: '/restart/policy', spec: { ...spec, restart: { policy: 'always' as const } } },
      { path: '/stop/gracePeriod', spec: { ...spec, stop: { gracePeriod: 5 } } },
      { path: '/java/ports', spec: { ...spec, java: { ...java, ports: [18081] } } },
      { path: '/tags', spec: { ...spec, tags: { team: 'a' } } },
    ].map((change) => ({ ...change, updateClass: 'live' as const }));
    const restart = [
      { path: '/env/GREETING', spec: { ...spec, env: { GREETING: 'bye' } } },
      { path: '/properties/greeting', spec: { ...spec, properties: { greeting: 'bye' } } },
      { path: '/java/args', spec: { ...spec, java: { ...java, args: ['version', 'wait'] } } },
      { path: '/java/heap', spec: { ...spec, java: { ...java, heap: 48 * 1024 * 1024 } } },
      { path: '/java/classpath', spec: { ...spec, java: { ...java, classpath: [made.jar] } } },
    ].map((change) => ({ ...change, updateClass: 'restart' as const }));
    const replace: { path: string; spec: Spec; updateClass: 'replace' }[] = [
      { path: '/java/jvm', spec: { ...spec, java: { ...java, jvm: 'shared' } }, updateClass: 'replace' },
    ];
    return {
      provider: () => here.java(),
      spec,
      changes: [...live, ...restart, ...replace],
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
