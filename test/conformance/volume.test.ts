import type { Spec } from '../../src/model/spec.ts';
import { containerProvider } from '../../src/providers/container/index.ts';
import { needs } from '../engines/engines.ts';
import { envFor, fresh, marked, removeAll } from '../providers/container/api/engine-raw.ts';
import { conformance } from './suite.ts';

for (const name of ['docker', 'podman'] as const) {
  needs(name)(`volumes on ${name}`, (have) => {
    const { socket } = have[name];
    conformance(`volume (${name})`, async (lineage) => {
      const options = name === 'docker' ? { type: 'tmpfs', device: 'tmpfs', o: 'mode=0700' } : { o: 'uid=10' };
      const volume = { name: fresh('vol'), runtime: name, driver: 'local', options, labels: { team: 'a' } };
      const spec: Spec = { volume };
      return {
        provider: () => containerProvider('volume', { dir: '/', project: 'conformance', env: envFor(name, socket) }),
        spec,
        neverStops: true,
        changes: [
          { path: '/description', spec: { ...spec, description: 'the data' }, updateClass: 'live' },
          {
            path: '/volume/type',
            spec: { volume: { ...volume, type: 'ephemeral' as const } },
            updateClass: 'live',
          },
          {
            path: '/volume/labels/team',
            spec: { volume: { ...volume, labels: { team: 'b' } } },
            updateClass: 'replace',
          },
          { path: '/volume/driver', spec: { volume: { ...volume, driver: 'other' } }, updateClass: 'replace' },
        ],
        engineId: (attributes) => attributes['engineId'],
        leftovers: async () => (await marked(socket, lineage)).volumes,
        clear: async () => removeAll(socket, { volumes: (await marked(socket, lineage)).volumes }),
      };
    });
  });
}
