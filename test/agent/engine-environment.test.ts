import { expect, it } from 'vitest';
import { engineEnvironment } from '../../src/agent/engine-environment.ts';

it('an agent finds the engines of whoever starts it, and gets no more of the environment', () => {
  const env = {
    CONTAINER_HOST: 'unix:///run/p.sock',
    PJ_LXC_PATH: '/lxc',
    DOCKER_HOST: '',
    SECRET: 's',
    PJ_VAR_x: '1',
    DOCKER_CONFIG: 'mine/docker',
  };
  expect(engineEnvironment(env, '/home/me')).toEqual({
    ...{ CONTAINER_HOST: 'unix:///run/p.sock', PJ_LXC_PATH: '/lxc', DOCKER_CONFIG: '/home/me/mine/docker' },
  });
});
