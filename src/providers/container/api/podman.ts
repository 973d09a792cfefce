import type { Runtime, RuntimeOptions } from '../runtime.ts';
import { apiRuntime } from './api-runtime.ts';
import { podmanCandidates } from './connection/candidates.ts';

/** Podman by its API socket; its own API stands beside Docker's there. */
export function podmanRuntime(options: RuntimeOptions): Runtime {
  return apiRuntime(
    {
      name: 'podman',
      candidates: podmanCandidates(options.env),
      install:
        'Install Podman (apt-get install podman; systemctl start podman.socket), or say where it is by CONTAINER_HOST.',
      start: 'systemctl start podman.socket',
    },
    options,
  );
}
