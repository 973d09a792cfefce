import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { containerProvider } from '../../src/providers/container/index.ts';
import { needs } from '../engines/engines.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { conformance } from './suite.ts';

needs('lxc')('containers on lxc', ({ lxc }) => {
  const ground = lxcGround(lxc);
  afterAll(() => ground.clear());
  conformance('container (lxc)', async () => {
    const project = `c${randomBytes(4).toString('hex')}`;
    const container = {
      image: lxc.rootfs,
      runtime: 'lxc' as const,
      command: ['/bin/sh', '-c', 'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done'],
      hostname: 'inner',
      workdir: '/tmp',
      labels: { team: 'a' },
    };
    const spec: Spec = {
      env: { GREETING: 'hello' },
      restart: { policy: 'no' },
      stop: { gracePeriod: 5 },
      resources: { cpu: 0.5, memory: 128 * 1024 * 1024, maxProcesses: 64 },
      container,
    };
    const resources = spec.resources ?? {};
    const live = [
      { path: '/resources/cpu', spec: { ...spec, resources: { ...resources, cpu: 0.25 } } },
      { path: '/resources/memory', spec: { ...spec, resources: { ...resources, memory: 200_000_001 } } },
      { path: '/resources/maxProcesses', spec: { ...spec, resources: { ...resources, maxProcesses: 32 } } },
      { path: '/stop/gracePeriod', spec: { ...spec, stop: { gracePeriod: 2 } } },
      { path: '/description', spec: { ...spec, description: 'the inner one' } },
    ].map((change) => ({ ...change, updateClass: 'live' as const }));
    const replace = [
      { path: '/env/GREETING', spec: { ...spec, env: { GREETING: 'bye' } } },
      { path: '/container/command', spec: { ...spec, container: { ...container, command: ['/bin/true'] } } },
      { path: '/container/image', spec: { ...spec, container: { ...container, image: 'other.tar' } } },
    ].map((change) => ({ ...change, updateClass: 'replace' as const }));
    return {
      provider: () => containerProvider('container', { dir: '/', project, env: ground.env }),
      spec,
      changes: [...live, ...replace],
      engineId: (attributes) => attributes['pid'],
      async kill(attributes) {
        process.kill(Number(attributes['pid']), 'SIGKILL');
      },
      leftovers: async () => ground.leftovers(),
      clear: () => ground.clear(),
    };
  });
});
