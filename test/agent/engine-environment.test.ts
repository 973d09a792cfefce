import { expect, it } from 'vitest';
import { engineEnvironment } from '../../src/agent/engine-environment.ts';

it('an agent finds the engines of whoever starts it, and gets no more of the environment', () => {
  const env = {
    CONTAINER_HOST: 'unix:///run/p.sock',
    PJ_LXC_PATH: '/lxc',
    DOCKER_HOST: '',
    SECRET: 's',
    PJ_VAR_x: '1',
  };
  expect(engineEnvironment(env)).toEqual({ CONTAINER_HOST: 'unix:///run/p.sock', PJ_LXC_PATH: '/lxc' });
});
