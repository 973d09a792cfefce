import { afterEach } from 'vitest';
import { needs } from '../engines/engines.ts';
import { removeHeld } from '../support/containers.ts';
import { breaksQuotas } from './enforcement-lab.ts';

for (const runtime of ['docker', 'podman'] as const)
  needs(runtime, 'registry')(`quotas of containers on ${runtime}`, (have) => {
    const { socket } = have[runtime];
    const clean: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const one of clean.splice(0)) await one();
    });
    breaksQuotas(
      {
        program: (script) =>
          `kind: container\ncontainer: { runtime: ${runtime}, image: "${have.registry.images.busybox}", command: [sh, -c, ${JSON.stringify(script)}], networkMode: none }`,
        env: {
          DOCKER_HOST: runtime === 'docker' ? `unix://${socket}` : 'unix:///nowhere/docker.sock',
          CONTAINER_HOST: runtime === 'podman' ? `unix://${socket}` : 'unix:///nowhere/podman.sock',
        },
        beside: 0,
        calm: { path: '/calm', put: (scratch, id) => scratch.ok(['exec', id, '--', 'touch', '/calm']) },
        clean: (lineage) => removeHeld(socket, lineage),
      },
      (call) => void clean.push(call),
    );
  });
