import { PjError } from '../errors.ts';
import type { JavaSecurity } from '../model/java-spec.ts';
import type { Identity } from '../model/record.ts';
import { isJob, restartPolicy, type Spec, stopPolicy } from '../model/spec.ts';
import { classPathOf } from './classpath.ts';
import { policyOf } from './policy.ts';
import type { AppCall } from './protocol.ts';

/** One application, as whoever runs it knows it. `identity`: the one that its things were made under (`home`). The spec is resolved. */
export type App = { identity: Identity; instance: string; spec: Spec; specDigest: string };

/** Where things of it are. */
export type AppPlace = Pick<AppCall, 'volumes' | 'logs'> & {
  /** Absolute path of the project. */
  dir: string;
};

/** What its host is asked to run. Throws PJ5608 where the class path does not hold what it should. */
export function appCallOf({ identity, instance, spec, specDigest }: App, place: AppPlace): AppCall {
  const { java = {} } = spec;
  const { id, generation, lineage, project } = identity;
  const { entries, mainClass } = codeOf(id, spec, place.dir);
  const { volumes, logs } = place;
  const { maxThreads = null, cpu = null } = spec.resources ?? {};
  const { policy, maxAttempts, delay, maxDelay, resetAfter } = restartPolicy(spec);
  return {
    key: `${id}@${generation}`,
    id,
    generation,
    lineage,
    instance,
    digest: specDigest,
    mainClass,
    classpath: entries,
    args: java.args ?? [],
    properties: {
      'pj.id': id,
      'pj.project': project,
      ...Object.fromEntries(volumes.map(({ name, path }) => [`pj.volume.${name}`, path])),
      ...spec.properties,
    },
    type: isJob(spec) ? 'job' : 'service',
    daemon: java.daemon ?? false,
    messaging: java.enableMessaging ?? false,
    threadPool: threadPoolOf(spec),
    maxThreads,
    cpu,
    restart: { policy, maxAttempts, delay, maxDelay, resetAfter },
    gracePeriod: stopPolicy(spec).gracePeriod,
    security: policyOf(spec.security as JavaSecurity | undefined, place.dir),
    volumes,
    logs,
  };
}

/** The class path of an application and its main class. Throws PJ5608 where something of it is missing. */
export function codeOf(id: string, { java = {} }: Spec, dir: string): { entries: string[]; mainClass: string } {
  const { entries, faults, mainClass } = classPathOf(java, dir);
  if (faults.length > 0) throw new PjError('PJ5608', { id, reason: faults.map(({ reason }) => reason).join('; ') });
  if (mainClass === undefined) throw new PjError('PJ5608', { id, reason: 'nothing names a main class' });
  return { entries, mainClass };
}

function threadPoolOf({ java }: Spec): AppCall['threadPool'] {
  const pool = java?.threadPool;
  if (pool === undefined) return null;
  const corePoolSize = pool.corePoolSize ?? 1;
  return {
    corePoolSize,
    maxPoolSize: Math.max(pool.maxPoolSize ?? corePoolSize, corePoolSize, 1),
    queueCapacity: pool.queueCapacity ?? 100,
    keepAlive: pool.keepAlive ?? 60,
  };
}
