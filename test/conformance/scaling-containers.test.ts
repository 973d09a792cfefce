import { randomBytes } from 'node:crypto';
import type { Pointer } from '../../src/model/json.ts';
import type { Resources, Spec } from '../../src/model/spec.ts';
import { containerProvider } from '../../src/providers/container/index.ts';
import { ask } from '../engines/answer.ts';
import { needs } from '../engines/engines.ts';
import { envFor } from '../providers/container/api/engine-raw.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { removeHeld } from '../support/containers.ts';
import { heldOf } from '../support/held-limits.ts';
import { type ScalingCase, type Step, scaling } from './scaling.ts';

const MIB = 1 << 20;
const KEYS: Record<Pointer, 'cpu' | 'memory' | 'pids'> = {
  '/resources/cpu': 'cpu',
  '/resources/memory': 'memory',
  '/resources/maxProcesses': 'pids',
};
const first: Resources = { cpu: 0.5, memory: 64 * MIB, maxProcesses: 60 };
const SLEEPS = ['sh', '-c', 'trap "exit 143" TERM; sleep 100000 & wait'];

/** Up and down, each of them. */
function stepsOf(spec: Spec): Step[] {
  let now = first;
  const step = (key: 'cpu' | 'memory' | 'maxProcesses', value: number): Step => {
    now = { ...now, [key]: value };
    return { path: `/resources/${key}`, spec: { ...spec, resources: now } };
  };
  return [
    step('cpu', 1.5),
    step('cpu', 0.4),
    step('memory', 96 * MIB),
    step('memory', 48 * MIB),
    step('maxProcesses', 200),
    step('maxProcesses', 30),
  ];
}

for (const name of ['docker', 'podman'] as const)
  needs(name, 'registry')(`containers on ${name}`, (have) => {
    const { socket } = have[name as 'docker'];
    scaling(`container (${name})`, async (lineage) => {
      const spec: Spec = {
        container: { image: have.registry.images.busybox, runtime: name, command: SLEEPS },
        resources: first,
        restart: { policy: 'no' },
        stop: { gracePeriod: 5 },
      };
      const held: ScalingCase['held'] = async (path, attributes) => {
        const answer = await ask({ socket }, `/containers/${String(attributes['engineId'])}/json`);
        const { State } = JSON.parse(answer.body) as { State: { Pid: number } };
        return heldOf(State.Pid)[KEYS[path] ?? 'cpu'];
      };
      return {
        provider: () => containerProvider('container', { dir: '/', project: 'scaling', env: envFor(name, socket) }),
        spec,
        steps: stepsOf(spec),
        engineId: (attributes) => attributes['engineId'],
        held,
        clear: () => removeHeld(socket, lineage),
      };
    });
  });

needs('lxc')('containers on lxc', ({ lxc }) => {
  const project = `s${randomBytes(4).toString('hex')}`;
  scaling('container (lxc)', async () => {
    const ground = lxcGround(lxc);
    const spec: Spec = {
      container: {
        image: lxc.rootfs,
        runtime: 'lxc',
        command: ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 0.05; done'],
      },
      resources: first,
      restart: { policy: 'no' },
      stop: { gracePeriod: 5 },
    };
    return {
      provider: () => containerProvider('container', { dir: '/', project, env: ground.env }),
      project,
      spec,
      steps: stepsOf(spec),
      impossible: [
        // Fewer bytes than a page is.
        {
          path: '/resources/memory',
          spec: { ...spec, resources: { ...first, memory: 1, cpu: 0.4, maxProcesses: 30 } },
          code: 'PJ5407',
        },
      ],
      engineId: (attributes) => attributes['pid'],
      held: (path, attributes) => heldOf(Number(attributes['pid']))[KEYS[path] ?? 'cpu'],
      clear: () => ground.clear(),
    };
  });
});
