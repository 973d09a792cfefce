import type { Runtime, RuntimeOptions } from '../runtime.ts';
import { apiRuntime } from './api-runtime.ts';
import { dockerCandidates } from './connection/candidates.ts';

/** Docker, found as the docker command finds it. */
export function dockerRuntime(options: RuntimeOptions): Runtime {
  return apiRuntime(
    {
      name: 'docker',
      candidates: dockerCandidates(options.env),
      install: 'Install Docker (apt-get install docker.io), or say where it is by DOCKER_HOST.',
      start: 'systemctl start docker',
      group: 'docker',
    },
    options,
  );
}
