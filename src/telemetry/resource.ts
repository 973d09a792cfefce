import { hostname } from 'node:os';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions';
import { type Environment, pairs, read } from './settings.ts';

/** Who speaks. */
export interface Speaker {
  env: Environment;
  /** The project's name. */
  project: string;
}

declare const PJ_VERSION: string | undefined;

/** Of pj, as built. */
export const VERSION: string = typeof PJ_VERSION === 'string' ? PJ_VERSION : 'source';

/** pj on this host, for this project; what OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say holds over it. */
export function resourceOf({ env, project }: Speaker): Resource {
  const name = read(env, 'OTEL_SERVICE_NAME');
  return defaultResource().merge(
    resourceFromAttributes({
      [ATTR_SERVICE_NAME]: 'pj',
      [ATTR_SERVICE_VERSION]: VERSION,
      'host.name': hostname(),
      'pj.project': project,
      ...pairs(read(env, 'OTEL_RESOURCE_ATTRIBUTES')),
      ...(name === undefined ? {} : { [ATTR_SERVICE_NAME]: name }),
    }),
  );
}
