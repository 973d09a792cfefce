import type { JsonObject } from '../model/json.ts';
import type { Context } from './context.ts';
import type { Fields } from './fields.ts';
import { deployedLimits, type Limits } from './service-resources.ts';
import { deployedRestart } from './service-run.ts';

/** What stands under `deploy`. */
export interface Deployed {
  limits: Limits;
  replicas?: number;
  restart?: JsonObject;
  lifecycle?: JsonObject;
}

/** `deploy`: what Compose itself takes of it, and how an update goes; the rest is for Swarm. */
export function deployOf(context: Context, fields: Fields): Deployed {
  const none: Deployed = { limits: { resources: {}, container: {} } };
  const found = fields.within('deploy', (deploy): Deployed => {
    const limits = deployedLimits(context, deploy);
    const replicas = deploy.number('replicas');
    const restart = deployedRestart(deploy);
    const mode = deploy.text('mode');
    if (mode !== undefined && mode !== 'replicated')
      deploy.drop('mode', `the mode ${mode} is for Swarm: it is one container`, 'Use `replicas`.');
    const lifecycle = deploy.within('update_config', updates);
    for (const key of ['placement', 'endpoint_mode', 'rollback_config', 'labels'])
      deploy.drop(key, 'it is for Swarm', key === 'labels' ? 'Labels of the container are `container.labels`.' : '');
    return {
      limits,
      ...(replicas === undefined ? {} : { replicas }),
      ...(restart === undefined ? {} : { restart }),
      ...(lifecycle === undefined || Object.keys(lifecycle).length === 0 ? {} : { lifecycle }),
    };
  });
  return found ?? none;
}

function updates(config: Fields): JsonObject {
  const [order, failure] = [config.text('order'), config.text('failure_action')];
  if (failure === 'continue') config.drop('failure_action', 'pj goes on with what does not depend on it', '');
  config.drop('parallelism', 'steps run at once by `parallelism` of pj.yaml', '');
  for (const key of ['delay', 'monitor', 'max_failure_ratio']) config.drop(key, 'pj goes by health checks', '');
  return {
    ...(order === 'start-first' ? { createBeforeDestroy: true } : {}),
    ...(failure === 'rollback' ? { rollback: true } : {}),
  };
}

/** How many there are; one is no replica. */
export function replicasOf(fields: Fields, deployed: Deployed): number | undefined {
  const scale = fields.number('scale');
  if (scale !== undefined && deployed.replicas !== undefined && scale !== deployed.replicas)
    fields.drop('scale', 'it holds over `deploy.replicas`', 'Keep one of them.');
  const count = scale ?? deployed.replicas;
  return count === 1 ? undefined : count;
}
