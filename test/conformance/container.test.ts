import type { Spec } from '../../src/model/spec.ts';
import { containerProvider } from '../../src/providers/container/index.ts';
import { needs } from '../engines/engines.ts';
import { envFor } from '../providers/container/api/engine-raw.ts';
import { held, killFirstProcess, removeHeld } from '../support/containers.ts';
import { conformance } from './suite.ts';

for (const name of ['docker', 'podman'] as const) {
  needs(name, 'registry')(`containers on ${name}`, (have) => {
    const { socket } = have[name as 'docker'];
    const { images } = have.registry;
    conformance(`container (${name})`, async (lineage) => {
      const container = {
        image: images.busybox,
        runtime: name,
        // The first process of a container takes no signal that it does not ask for.
        command: ['sh', '-c', 'trap "exit 143" TERM; sleep 100000 & wait'],
        labels: { team: 'a' },
        ports: [{ container: 80, hostIp: '127.0.0.1' }],
      };
      const resources = { cpu: 0.5, memory: 64 << 20, maxProcesses: 60 };
      const spec: Spec = {
        container,
        resources,
        env: { A: '1' },
        // What is killed is to stay so.
        restart: { policy: 'no' },
        stop: { signal: 'SIGTERM', gracePeriod: 5 },
        volumes: [{ type: 'ephemeral', path: '/scratch' }],
      };
      const live = (path: string, more: Partial<Spec>) => ({
        path,
        spec: { ...spec, ...more },
        updateClass: 'live' as const,
      });
      const replaced = (path: string, more: Partial<Spec>) => ({
        ...live(path, more),
        updateClass: 'replace' as const,
      });
      return {
        provider: () => containerProvider('container', { dir: '/', project: 'conformance', env: envFor(name, socket) }),
        spec,
        changes: [
          live('/description', { description: 'it sleeps' }),
          live('/stop/gracePeriod', { stop: { signal: 'SIGTERM', gracePeriod: 6 } }),
          live('/resources/cpu', { resources: { ...resources, cpu: 0.25 } }),
          live('/resources/memory', { resources: { ...resources, memory: 48 << 20 } }),
          live('/resources/maxProcesses', { resources: { ...resources, maxProcesses: 30 } }),
          replaced('/resources/cpu', { resources: { memory: 64 << 20, maxProcesses: 60 } }),
          replaced('/container/image', { container: { ...container, image: images.httpd1 } }),
          replaced('/container/command', { container: { ...container, command: ['sleep', '200000'] } }),
          replaced('/container/labels/team', { container: { ...container, labels: { team: 'b' } } }),
          replaced('/env/A', { env: { A: '2' } }),
          replaced('/stop/signal', { stop: { signal: 'SIGINT', gracePeriod: 5 } }),
          replaced('/volumes', { volumes: [] }),
        ],
        engineId: (attributes) => attributes['engineId'],
        kill: async (attributes) => void (await killFirstProcess(socket, String(attributes['engineId']))),
        async leftovers() {
          const { containers, networks, volumes } = await held(socket, lineage);
          return [...containers.map((one) => one.name), ...networks, ...volumes];
        },
        clear: () => removeHeld(socket, lineage),
      };
    });
  });
}
