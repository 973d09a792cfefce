import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { PjError } from '../../../../src/errors.ts';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import { needs } from '../../../engines/engines.ts';
import { type RecordingProxy, recordingProxy } from './engine-proxy.ts';
import { envFor, fresh, marked, raw, removeAll } from './engine-raw.ts';

needs('docker', 'registry')(
  'a network that Docker takes for in use',
  ({ docker: { socket }, registry: { images } }) => {
    const clean: (() => Promise<unknown> | unknown)[] = [];
    afterEach(async () => {
      for (const one of clean.splice(0).reverse()) await one();
    });

    /** Makes a network through a Docker that refuses to remove it so often; `left` is the place in it that nobody has. */
    async function made(refusals: number, left: Record<string, { Name: string }> = {}) {
      const dir = mkdtempSync(join(tmpdir(), 'pj-taken-'));
      clean.push(() => rmSync(dir, { recursive: true, force: true }));
      let refused = 0;
      const proxy: RecordingProxy = await recordingProxy(socket, join(dir, 's'), (asked) => {
        if (/^DELETE .*\/networks\//.test(asked) && refused < refusals) {
          refused += 1;
          return {
            status: 403,
            body: { message: 'error while removing network: network x id y has active endpoints' },
          };
        }
        if (/^GET .*\/networks\/[0-9a-f]{64}$/.test(asked) && refused > 1)
          return { status: 200, body: { Containers: left } };
        return undefined;
      });
      clean.push(() => proxy.close());
      const lineage = fresh('lineage');
      clean.push(async () => removeAll(socket, { networks: (await marked(socket, lineage)).networks }));
      const provider = containerProvider('network', { dir, project: 'p', env: envFor('docker', join(dir, 's')) });
      clean.push(() => provider.close?.());
      const context = { signal: AbortSignal.timeout(60_000), progress: () => undefined };
      const identity = { project: 'p', lineage, id: 'net', generation: 1 };
      const target = {
        ...{ identity, handle: null, specDigest: 'd' },
        spec: { network: { name: fresh('net'), runtime: 'docker' as const } },
      };
      const { handle } = await provider.create(target, context);
      return {
        proxy,
        there: async () => (await marked(socket, lineage)).networks.length,
        destroy: () => provider.destroy({ ...target, handle }, { destroyVolumes: false }, context),
      };
    }

    it('is removed once the places in it are free', async () => {
      const { destroy, there } = await made(2);
      expect(await there()).toBe(1);
      await destroy();
      expect(await there()).toBe(0);
    });

    it('is removed when what holds it is of a container that is no more, and of that alone', async () => {
      const body = { Image: images.busybox, Cmd: ['true'] };
      const { Id } = await raw<{ Id: string }>(socket, 'POST', `/containers/create?name=${fresh('there')}`, body);
      clean.push(() => raw(socket, 'DELETE', `/containers/${Id}`));
      const { destroy, proxy, there } = await made(3, { 'ep-1': { Name: fresh('gone') }, [Id]: { Name: 'there' } });
      await destroy();
      expect(await there()).toBe(0);
      expect(proxy.seen.filter((asked) => /^POST .*\/disconnect$/.test(asked))).toHaveLength(2);
    });

    it('stays, with what Docker says, when they are not freed', async () => {
      const { destroy, there } = await made(1_000);
      const thrown = await destroy().catch((error: unknown) => error);
      expect(thrown).toBeInstanceOf(PjError);
      expect((thrown as PjError).message).toContain('has active endpoints');
      expect(await there()).toBe(1);
    });
  },
);
