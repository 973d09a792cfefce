import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import type { Spec } from '../../../../src/model/spec.ts';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import type { Provider } from '../../../../src/providers/contract.ts';
import { marksOf } from '../../../../src/providers/marks.ts';
import { needs } from '../../../engines/engines.ts';
import { context, envFor, fresh, raw, removeAll } from './engine-raw.ts';

for (const name of ['docker', 'podman'] as const) {
  needs(name, 'registry')(`containers of others taken over on ${name}`, (have) => {
    const { socket } = have[name as 'docker'];
    const image = have.registry.images.busybox;
    let provider: Provider | undefined;
    let others: Parameters<typeof removeAll>[1] = {};
    afterEach(async () => {
      await provider?.close?.();
      await removeAll(socket, others);
      others = {};
    });

    const identity = { project: 'adopt', lineage: randomUUID(), id: 'web', generation: 1 };
    const make = async (body: object): Promise<string> => {
      const called = fresh('adopt');
      others = { ...others, containers: [called] };
      await raw(socket, 'POST', `/containers/create?name=${called}`, { Image: image, Cmd: ['sleep', '1000'], ...body });
      await raw(socket, 'POST', `/containers/${called}/start`);
      return called;
    };
    const adopt = async (engineId: string, spec?: Spec) => {
      provider = containerProvider('container', { dir: '/srv', project: 'adopt', env: envFor(name, socket) });
      const adopted = await provider.adopt?.({ identity, engineId, spec }, context);
      if (adopted === undefined) throw new Error('it cannot be taken over');
      return adopted;
    };
    const base: Spec = { container: { image, runtime: name, command: ['sleep'], args: ['1000'] } };

    it('describes what is not as the image has it, in the writing of the descriptor where both mean the same', async () => {
      const [network, volume] = [fresh('net'), fresh('vol')];
      others = { networks: [network], volumes: [volume] };
      await raw(socket, 'POST', '/networks/create', { Name: network });
      await raw(socket, 'POST', '/volumes/create', { Name: volume });
      const called = await make({
        User: '1000',
        Healthcheck: { Test: ['CMD', 'true'] },
        HostConfig: {
          NetworkMode: network,
          Binds: [`${volume}:/data:ro`],
          Tmpfs: { '/scratch': '' },
          Memory: 32 * 2 ** 20,
          MemorySwap: 32 * 2 ** 20,
          RestartPolicy: { Name: 'always' },
          ReadonlyRootfs: true,
        },
      });
      const { spec, made } = await adopt(called, base);
      expect(spec).toEqual({
        container: { ...base.container, user: '1000', networks: [{ name: network }] },
        healthCheck: { type: 'exec', command: ['true'] },
        resources: { memory: 32 * 2 ** 20 },
        restart: { policy: 'always' },
        security: { readOnlyRoot: true },
        volumes: [
          { type: 'persistent', path: '/data', name: volume, readOnly: true },
          { type: 'tmpfs', path: '/scratch' },
        ],
      });
      expect(made.handle).toMatchObject({ runtime: name, name: called, imported: true });
      expect((await adopt(called, spec)).spec).toEqual(spec);
    });

    it('keeps nothing that may be a secret where the descriptor is not known', async () => {
      const called = await make({ Env: ['TOKEN=hidden-value'], Cmd: ['sh', '-c', 'sleep 1000; : hidden-value'] });
      const { spec } = await adopt(called);
      expect(spec.container?.image).toBe(image);
      expect(JSON.stringify(spec)).not.toContain('hidden-value');
    });

    it('gives what differs in the place of what is told', async () => {
      const told: Spec = {
        ...base,
        env: { MODE: 'live', WORD: 'told' },
        resources: { memory: 64 * 2 ** 20 },
        restart: { policy: 'no' },
      };
      const called = await make({ Cmd: ['sleep', '999'], Env: ['MODE=live', 'WORD=other'] });
      const { spec } = await adopt(called, told);
      expect(spec).toEqual({
        container: { image, runtime: name, command: ['sleep', '999'] },
        env: { MODE: 'live' },
        restart: { policy: 'no' },
      });
    });

    it('knows its own by its marks, and refuses those of another project and what is not there', async () => {
      const own = await make({ Labels: marksOf(identity, 'digest') });
      expect((await adopt(own, base)).made.handle).not.toHaveProperty('imported');
      await removeAll(socket, others);
      const foreign = await make({ Labels: marksOf({ ...identity, lineage: randomUUID() }, 'digest') });
      await expect(adopt(foreign, base)).rejects.toMatchObject({ code: 'PJ5413' });
      await expect(adopt(fresh('nobody'), base)).rejects.toMatchObject({ code: 'PJ5413' });
    });
  });
}
