import { afterAll } from 'vitest';
import { needs } from '../engines/engines.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { breaksQuotas } from './enforcement-lab.ts';

needs('lxc')('quotas of containers on LXC', ({ lxc }) => {
  const ground = lxcGround(lxc);
  // After the project's own: the last that is registered is the first.
  afterAll(() => ground.clear());
  breaksQuotas({
    name: 'lxc',
    program: (script) =>
      `kind: container\ncontainer: { runtime: lxc, image: "${lxc.rootfs}", command: [/bin/sh, -c, ${JSON.stringify(script)}], networkMode: none }`,
    env: { ...ground.env, DOCKER_HOST: 'unix:///nowhere', CONTAINER_HOST: 'unix:///nowhere' },
    // LXC's own init.
    beside: 1,
    calm: { path: '/calm', put: (scratch, id) => scratch.ok(['exec', id, '--', '/bin/touch', '/calm']) },
    restarts: false,
    // Nobody counts what LXC's containers take on disk.
    hogs: { NOTIFY: 'memory holder', SHUTDOWN: 'spinner', KILL: 'fork bomb' },
  });
});
