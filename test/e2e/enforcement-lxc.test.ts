import { afterEach } from 'vitest';
import { needs } from '../engines/engines.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { breaksQuotas } from './enforcement-lab.ts';

needs('lxc')('quotas of containers on LXC', ({ lxc }) => {
  const ground = lxcGround(lxc);
  const clean: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const one of clean.splice(0)) await one();
    await ground.clear();
  });
  breaksQuotas(
    {
      program: (script) =>
        `kind: container\ncontainer: { runtime: lxc, image: "${lxc.rootfs}", command: [/bin/sh, -c, ${JSON.stringify(script)}], networkMode: none }`,
      env: { ...ground.env, DOCKER_HOST: 'unix:///nowhere', CONTAINER_HOST: 'unix:///nowhere' },
      // LXC's own init.
      beside: 1,
      calm: { path: '/calm', put: (scratch, id) => scratch.ok(['exec', id, '--', '/bin/touch', '/calm']) },
    },
    (call) => void clean.push(call),
  );
});
