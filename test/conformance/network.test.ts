import type { Spec } from '../../src/model/spec.ts';
import { containerProvider } from '../../src/providers/container/index.ts';
import { needs } from '../engines/engines.ts';
import { envFor, fresh, freshSubnet, marked, removeAll } from '../providers/container/api/engine-raw.ts';
import { conformance } from './suite.ts';

for (const name of ['docker', 'podman'] as const) {
  needs(name)(`networks on ${name}`, (have) => {
    const { socket } = have[name];
    conformance(`network (${name})`, async (lineage) => {
      const { subnet, prefix } = freshSubnet();
      const network = {
        name: fresh('net'),
        runtime: name,
        internal: true,
        subnet,
        gateway: `${prefix}.9`,
        ipRange: `${prefix}.128/25`,
        options: { 'com.docker.network.driver.mtu': '1400' },
        labels: { team: 'a' },
      };
      const spec: Spec = { network };
      const replaced = (path: string, other: Partial<typeof network>) => ({
        path,
        spec: { network: { ...network, ...other } },
        updateClass: 'replace' as const,
      });
      return {
        provider: () => containerProvider('network', { dir: '/', project: 'conformance', env: envFor(name, socket) }),
        spec,
        neverStops: true,
        changes: [
          { path: '/description', spec: { ...spec, description: 'the inner one' }, updateClass: 'live' },
          replaced('/network/internal', { internal: false }),
          replaced('/network/subnet', { subnet: '10.1.2.0/24' }),
          replaced('/network/labels/team', { labels: { team: 'b' } }),
          replaced('/network/name', { name: fresh('net') }),
        ],
        engineId: (attributes) => attributes['engineId'],
        leftovers: async () => (await marked(socket, lineage)).networks,
        async clear() {
          const { networks } = await marked(socket, lineage);
          await removeAll(socket, { networks });
        },
      };
    });
  });
}
