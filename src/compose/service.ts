import type { JsonObject } from '../model/json.ts';
import { type Context, hostPath, refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { dependenciesOf } from './service-dependencies.ts';
import { deployOf, replicasOf } from './service-deploy.ts';
import { envFiles, environmentOfService, plainMap } from './service-env.ts';
import { fileMounts } from './service-files.ts';
import { healthOf } from './service-health.ts';
import { mountsOf } from './service-mounts.ts';
import { connectionsOf } from './service-networks.ts';
import { portsOf } from './service-ports.ts';
import { limitsOf, ulimitsOf } from './service-resources.ts';
import { commandOf, devicesOf, hostsOf, loggingOf, pullOf, restartOf, stopOf } from './service-run.ts';
import { securityOf } from './service-security.ts';
import type { Use } from './things.ts';
import { type Table, textOf } from './tree.ts';

/** The descriptor of a service, and what it uses of the top level. */
export interface Service {
  descriptor: JsonObject;
  networks: Use[];
  volumes: Use[];
}

/** What a service needs to know of the rest of its file. */
export interface Surroundings {
  /** Ids by name of service. */
  ids: ReadonlyMap<string, string>;
  secrets: Table | undefined;
  configs: Table | undefined;
}

/** One service as a container; undefined where it is none. */
export function serviceOf(context: Context, name: string, table: Table, around: Surroundings): Service | undefined {
  return withFields(context, table, `services.${name}`, (fields) => {
    const image = imageOf(context, fields, name);
    if (image === undefined) return undefined;
    const deployed = deployOf(context, fields);
    const limits = limitsOf(context, fields, deployed.limits);
    const mounts = mountsOf(context, fields);
    const connections = connectionsOf(context, fields, name);
    // First: the names of its secrets are those that people know.
    const env = environmentOfService(context, fields, name);
    const command = commandOf(context, fields, name);
    const health = healthOf(context, fields, name);
    for (const secret of [...command.secrets, ...(health?.secrets ?? [])]) giveSecret(context, fields, env, secret);
    const files = [
      ...fileMounts(context, fields, 'secrets', around.secrets),
      ...fileMounts(context, fields, 'configs', around.configs),
    ];
    const off = profilesOf(fields);
    const replicas = replicasOf(fields, deployed);
    const container = {
      ...image,
      ...command.container,
      ...settingsOf(context, fields, name),
      ports: portsOf(context, fields),
      ...connections.keys,
      ...limits.container,
    };
    fields.drop(
      'container_name',
      `pj calls it ${context.project}-${around.ids.get(name) ?? name}`,
      'Others in its networks reach it by that name, too: it is an alias.',
    );
    fields.drop('platform', 'pj takes the image of this host', 'Name the image of that platform by its digest.');
    return {
      descriptor: {
        applicationId: around.ids.get(name) ?? name,
        ...off,
        ...(replicas === undefined ? {} : { replicas }),
        dependencies: dependenciesOf(context, fields, name, around.ids),
        container,
        env,
        volumes: [...mounts.map(({ volume }) => volume), ...files],
        resources: limits.resources,
        ...(health === undefined ? {} : { healthCheck: health.healthCheck }),
        restart: restartOf(fields, deployed.restart),
        stop: stopOf(context, fields),
        security: securityOf(context, fields),
        ...(deployed.lifecycle === undefined ? {} : { lifecycle: deployed.lifecycle }),
      },
      networks: connections.uses,
      volumes: mounts.flatMap(({ uses }) => uses ?? []),
    };
  });
}

/** Puts what a shell in the container reads into its environment. */
function giveSecret(context: Context, fields: Fields, env: JsonObject, secret: string): void {
  const reference = `\${secret.${secret}}`;
  if (env[secret] === reference) return;
  const key = `${fields.path}.environment.${secret}`;
  if (env[secret] === undefined)
    context.note(fields.spot, key, 'it was added, as a command line reads it from there', '');
  else
    refuse(
      context,
      fields.spot,
      key,
      'a command line needs the variable of this name, but the service gives it another value',
    );
  env[secret] = reference;
}

/** The image, or the one that Compose builds. */
function imageOf(context: Context, fields: Fields, name: string): JsonObject | undefined {
  const image = fields.text('image');
  const pull = pullOf(fields);
  const build = fields.get('build');
  if (build === undefined) {
    if (image !== undefined) return { image, ...(pull === undefined ? {} : { pull }) };
    if (fields.get('provider') !== undefined)
      fields.drop(
        'provider',
        'pj calls no providers of Compose: the service was left out',
        'Describe it as `external:` with a probe.',
      );
    else refuse(context, fields.spot, fields.path, 'it has neither `image` nor `build`');
    return undefined;
  }
  const folder = build.type === 'table' ? build.entries.get('context')?.value : build;
  const where = folder?.type === 'scalar' ? hostPath(context, folder.spot, textOf(folder)) : '.';
  const built = image ?? `${context.project}-${name}`;
  fields.drop(
    'build',
    `pj builds no images: it takes ${built}, as Compose calls what it builds`,
    `Build it before \`pj apply\`: \`docker compose build ${name}\`, or \`docker build -t ${built} ${where}\`.`,
  );
  return { image: built, pull: pull ?? (image === undefined ? 'never' : 'missing') };
}

/** Keys that are much the same on both sides. */
function settingsOf(context: Context, fields: Fields, name: string): JsonObject {
  const workdir = fields.text('working_dir');
  const user = fields.text('user');
  const hostname = fields.text('hostname');
  const dns = fields.texts('dns').map(textOf);
  const files = envFiles(context, fields);
  const devices = devicesOf(context, fields);
  const settings: JsonObject = {
    workdir,
    user,
    hostname,
    dns,
    extraHosts: hostsOf(context, fields),
    init: fields.boolean('init') || undefined,
    privileged: fields.boolean('privileged') || undefined,
    tty: fields.boolean('tty') || undefined,
    envFile: files,
    labels: plainMap(context, fields, 'labels', name),
    sysctls: plainMap(context, fields, 'sysctls', name),
    ulimits: ulimitsOf(context, fields),
    devices,
    logging: loggingOf(context, fields, name),
  };
  return settings;
}

/** Compose starts what has a profile only when asked for. */
function profilesOf(fields: Fields): JsonObject {
  const profiles = fields.texts('profiles').map(textOf);
  if (profiles.length === 0) return {};
  fields.drop(
    'profiles',
    'it is made, but not started, as Compose starts it only with its profile',
    'Remove `desiredState` from the descriptor to have it run. Profiles are kept as a tag.',
  );
  return { tags: { profiles: profiles.join(',') }, desiredState: 'stopped' };
}
