import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../../src/model/record.ts';
import { containerProvider } from '../../../src/providers/container/index.ts';
import { needs } from '../../engines/engines.ts';
import { removeHeld } from '../../support/containers.ts';
import { context, fresh } from './api/engine-raw.ts';

needs(
  'docker',
  'podman',
  'registry',
)('which runtime a container is made on that names none', (have) => {
  const lineage = randomUUID();
  const env = {
    DOCKER_HOST: `unix://${have.docker.socket}`,
    CONTAINER_HOST: `unix://${have.podman.socket}`,
    HOME: '/nowhere',
  };
  const onPodman = (id: string, runtime?: string) => ({
    [id]: { id, spec: { container: { image: 'a', runtime } }, handle: { runtime: 'podman' } },
  });
  /** The runtime of one that is made anew, its state being so. */
  const chosen = async (workloads: object | undefined): Promise<unknown> => {
    const recorded = async () =>
      workloads === undefined ? undefined : ({ lineage, workloads } as unknown as Snapshot);
    const project = fresh('r');
    const provider = containerProvider('container', { dir: '/', project, env, recorded });
    try {
      const spec = { container: { image: have.registry.images.busybox } };
      const identity = { project, lineage, id: 'web', generation: 1 };
      const made = await provider.create({ identity, handle: null, spec, specDigest: 'd' }, context);
      return made.handle['runtime'];
    } finally {
      await provider.close?.();
      for (const { socket } of [have.docker, have.podman]) await removeHeld(socket, lineage);
    }
  };

  it('the first that answers where the state says nothing', async () => {
    expect(await chosen(undefined)).toBe('docker');
    expect(await chosen(onPodman('other', 'podman'))).toBe('docker');
  });

  it('its own, or that of the others that name none', async () => {
    expect(await chosen(onPodman('web', 'podman'))).toBe('podman');
    expect(await chosen(onPodman('other'))).toBe('podman');
  });
});

describe('what is on an engine that is down', () => {
  const env = { DOCKER_HOST: 'unix:///nowhere/d.sock', CONTAINER_HOST: 'unix:///nowhere/p.sock', PATH: '/nowhere' };
  const identity = { project: 'p', lineage: randomUUID(), id: 'web', generation: 1 };

  for (const kind of ['container', 'network', 'volume'] as const)
    it(`is not found missing: ${kind}`, async () => {
      const provider = containerProvider(kind, { dir: '/', project: 'p', env });
      const handle = { runtime: 'docker', id: 'a', name: 'p-web' };
      await expect(provider.find(identity, context, handle)).rejects.toMatchObject({ code: 'PJ5401' });
      await provider.close?.();
    });
});
