import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe } from 'vitest';
import type { Pointer } from '../../src/model/json.ts';
import type { Resources, Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { buildAgent, ground, pidOf } from '../agent/ground.ts';
import { jdks } from '../providers/java/fixtures.ts';
import { javaGround } from '../providers/java/ground.ts';
import { HOST, hostBuilt, hostGround, hostSpec, MIB } from '../providers/jvm/ground.ts';
import { inHost, type Programs, programs } from '../providers/jvm/programs.ts';
import { heldOf } from '../support/held-limits.ts';
import { type ScalingCase, type Step, scaling } from './scaling.ts';

const { controllers } = detectCgroups();

/** Kernel ids of the threads of a process that are in a group of that name. */
const threadsIn = (pid: number, group: string): number[] =>
  readdirSync(`/proc/${pid}/task`)
    .filter((thread) => readFileSync(`/proc/${pid}/task/${thread}/cgroup`, 'utf8').includes(`/${group}\n`))
    .map(Number);

const [jdk] = hostBuilt ? jdks() : [];

if (controllers.has('cpu') && controllers.has('memory') && controllers.has('pids'))
  describe('processes of the agent', () => {
    let agent: Awaited<ReturnType<typeof buildAgent>>;
    let made: Programs | undefined;
    beforeAll(async () => {
      agent = await buildAgent();
      if (jdk !== undefined) made = programs(jdk);
    });
    afterAll(() => {
      rmSync(agent.dir, { recursive: true, force: true });
      made?.clear();
    });

    const KEYS: Record<Pointer, 'cpu' | 'memory' | 'pids'> = {
      '/resources/cpu': 'cpu',
      '/resources/memory': 'memory',
      '/resources/maxProcesses': 'pids',
      '/resources/maxThreads': 'pids',
    };
    const held: ScalingCase['held'] = (path, attributes) => heldOf(pidOf(attributes))[KEYS[path] ?? 'cpu'];
    const first: Resources = { cpu: 0.5, memory: 256 * MIB, maxProcesses: 100 };
    /** Up and down, each of them. */
    const stepsOf = (spec: Spec): Step[] => {
      let now = first;
      const step = (key: 'cpu' | 'memory' | 'maxProcesses', value: number): Step => {
        now = { ...now, [key]: value };
        return { path: `/resources/${key}`, spec: { ...spec, resources: now } };
      };
      return [
        step('cpu', 1.5),
        step('cpu', 0.4),
        step('memory', 400 * MIB),
        step('memory', 200 * MIB),
        step('maxProcesses', 300),
        step('maxProcesses', 80),
      ];
    };
    const lastOf = (steps: Step[]): Resources => steps.at(-1)?.spec.resources ?? {};

    scaling('native', async (lineage) => {
      const here = ground(agent.entry, lineage);
      const native = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1e6)'] };
      const spec: Spec = { restart: { policy: 'no' }, resources: first, native };
      const steps = stepsOf(spec);
      const impossible = { ...spec, resources: { ...lastOf(steps), memory: 1 * MIB } };
      return {
        provider: () => here.provider(),
        spec,
        steps,
        // Less than it uses.
        impossible: [{ path: '/resources/memory', spec: impossible, code: 'PJ5306' }],
        engineId: (attributes) => attributes['pid'],
        held,
        clear: () => here.clear(),
      };
    });

    if (jdk !== undefined) {
      scaling('java, JVM of its own', async (lineage) => {
        const here = javaGround(agent.entry, lineage);
        const { java = {}, ...rest } = inHost(made as Programs, ['wait'], { resources: first });
        const { host: _, ...code } = java;
        const own = { ...code, jvm: 'own', home: jdk.home, heap: 64 * MIB, jvmArgs: ['-XX:+UseSerialGC'] };
        const spec: Spec = { ...rest, java: own };
        const steps = stepsOf(spec);
        const bigger = { ...spec, resources: lastOf(steps), java: { ...own, heap: 96 * MIB } };
        return {
          provider: () => here.java(),
          spec,
          steps,
          restarts: [{ path: '/java/heap', spec: bigger, reason: /heap/ }],
          impossible: [
            {
              path: '/resources/memory',
              spec: { ...spec, resources: { ...lastOf(steps), memory: 4 * MIB } },
              code: 'PJ5306',
            },
          ],
          engineId: (attributes) => attributes['pid'],
          held,
          clear: () => here.clear(),
        };
      });

      scaling('a host JVM', async (lineage) => {
        const here = hostGround(agent.entry, jdk, lineage);
        const spec = hostSpec(jdk, { resources: first });
        const steps = stepsOf(spec);
        const jvm = { ...spec.jvm, heap: 96 * MIB };
        return {
          provider: () => here.hosts(),
          spec,
          steps,
          restarts: [{ path: '/jvm/heap', spec: { ...spec, jvm, resources: lastOf(steps) }, reason: /heap/ }],
          impossible: [
            {
              path: '/resources/memory',
              spec: { ...spec, resources: { ...lastOf(steps), memory: 4 * MIB } },
              code: 'PJ5306',
            },
          ],
          engineId: (attributes) => attributes['pid'],
          held,
          clear: () => here.clear(),
        };
      });

      scaling('java, in a shared JVM', async (lineage) => {
        const here = hostGround(agent.entry, jdk, lineage);
        let host = 0;
        try {
          ({ pid: host } = await here.up(hostSpec(jdk, { resources: { cpu: 1.5 } }), HOST));
        } catch (error) {
          await here.clear();
          throw error;
        }
        const limits = { cpu: 0.5, maxThreads: 20 };
        const spec = inHost(made as Programs, ['wait'], { resources: limits });
        const step = (resources: Resources, path: Pointer): Step => ({ path, spec: { ...spec, resources } });
        /** By the kernel's id of the application's first thread. */
        const thread = (): number => threadsIn(host, 'app-a@1')[0] ?? 0;
        return {
          provider: () => here.apps(),
          spec,
          steps: [
            step({ ...limits, cpu: 1 }, '/resources/cpu'),
            step({ ...limits, cpu: 0.25 }, '/resources/cpu'),
            step({ cpu: 0.25, maxThreads: 40 }, '/resources/maxThreads'),
            step({ cpu: 0.25, maxThreads: 10 }, '/resources/maxThreads'),
          ],
          // More than all of its JVM may use: v1 refuses it, v2 holds what is above.
          ...(detectCgroups().version === 'v2'
            ? {}
            : {
                impossible: [
                  {
                    path: '/resources/cpu' as Pointer,
                    spec: { ...spec, resources: { cpu: 1.8, maxThreads: 10 } },
                    code: 'PJ5306',
                  },
                ],
              }),
          engineId: (attributes) => attributes['startedAt'],
          held: (path) => heldOf(thread())[KEYS[path] ?? 'cpu'],
          clear: () => here.clear(),
        };
      });
    }
  });
