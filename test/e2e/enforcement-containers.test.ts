import { needs } from '../engines/engines.ts';
import { removeHeld } from '../support/containers.ts';
import { breaksQuotas, type Lab } from './enforcement-lab.ts';

const HOGS: Record<'docker' | 'podman', Lab['hogs']> = {
  docker: { NOTIFY: 'memory holder', SHUTDOWN: 'disk filler', KILL: 'fork bomb' },
  podman: { NOTIFY: 'fork bomb', SHUTDOWN: 'memory holder', KILL: 'disk filler' },
};

for (const runtime of ['docker', 'podman'] as const)
  needs(runtime, 'registry')(`quotas of containers on ${runtime}`, (have) => {
    const { socket } = have[runtime];
    breaksQuotas({
      name: runtime,
      program: (script) =>
        `kind: container\ncontainer: { runtime: ${runtime}, image: "${have.registry.images.busybox}", command: [sh, -c, ${JSON.stringify(script)}], networkMode: none }`,
      env: {
        DOCKER_HOST: runtime === 'docker' ? `unix://${socket}` : 'unix:///nowhere/docker.sock',
        CONTAINER_HOST: runtime === 'podman' ? `unix://${socket}` : 'unix:///nowhere/podman.sock',
      },
      beside: 0,
      calm: { path: '/calm', put: (scratch, id) => scratch.ok(['exec', id, '--', 'touch', '/calm']) },
      hogs: HOGS[runtime],
      disk: { path: '/data', volumes: 'volumes: [{ name: data, path: /data, type: ephemeral }]' },
      clean: (lineage) => removeHeld(socket, lineage),
    });
  });
