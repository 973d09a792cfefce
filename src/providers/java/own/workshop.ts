import type { Sighting } from '../../../agent/calls.ts';
import { volumeDir, volumeName } from '../../../agent/volumes.ts';
import { PjError } from '../../../errors.ts';
import { classPathOf, stampOfClassPath } from '../../../jvm/classpath.ts';
import { policyOf } from '../../../jvm/policy.ts';
import type { AppCall } from '../../../jvm/protocol.ts';
import type { JavaSecurity } from '../../../model/java-spec.ts';
import type { Identity } from '../../../model/record.ts';
import type { Spec } from '../../../model/spec.ts';
import { leavesOf } from '../../../model/template.ts';
import { findJava, type Jdk, satisfies } from '../../../os/jdk.ts';
import type { Care, Cared } from '../../agent/care.ts';
import type { CallContext, Target } from '../../contract.ts';
import { isSame } from '../../marks.ts';
import { findJar, jarThere } from '../jars.ts';
import type { JavaOptions } from '../runtime.ts';
import { type Build, hiddenProperties } from './command-line.ts';
import { nativeSpecOf, type Running, runningOf, STAMP_VARIABLE } from './native-spec.ts';
import { policyPath, writePolicy } from './policy-file.ts';
import { policyText } from './policy-text.ts';

/** The first Java in which a security manager can be had no more (JEP 486). */
export const WITHOUT_POLICIES = 24;

/** What the actions of this runtime work with. */
export interface Workshop {
  options: JavaOptions;
  care: Care;
}

/** Applications with a JVM of their own among what the agent has in care. */
export const isOwn = ({ entry }: Sighting): boolean => entry.spec.java !== undefined;

export const find = (sightings: readonly Sighting[], identity: Identity): Sighting | undefined =>
  sightings.find((one) => isOwn(one) && isSame(one.entry.identity, identity));

/** The Java of an application. Throws PJ5601. */
export function javaFor({ options: { dir, env } }: Workshop, id: string, { java }: Spec): Jdk {
  const found = findJava(java?.home, { env, dir });
  if (found.reason !== undefined) throw new PjError('PJ5601', { id, tried: found.reason });
  if (java?.version !== undefined && satisfies(found.feature, java.version) !== true)
    throw new PjError('PJ5601', {
      id,
      tried: `it needs Java ${java.version}, and ${found.home} is ${found.version}`,
    });
  return found;
}

/** Everything that its JVM is started with. Throws PJ5601, PJ5602 and PJ5608. Changes nothing. */
function buildOf(shop: Workshop, { identity, spec, stored }: Target): Build {
  const { dir, env } = shop.options;
  const { java = {} } = spec;
  const { id } = identity;
  const jdk = javaFor(shop, id, spec);
  const { entries, faults, mainClass } = classPathOf(java, dir);
  const colon = entries.find((path) => path.includes(':'));
  const reason = faults.map((fault) => fault.reason).join('; ') || (colon && `${colon} has a colon in its name`);
  if (reason) throw new PjError('PJ5608', { id, reason });
  if (mainClass === undefined) throw new PjError('PJ5608', { id, reason: 'nothing names a main class' });
  const hidden = hiddenProperties(spec, stored);
  const args = stored === undefined ? [] : [...(stored.java?.args ?? []), ...(stored.java?.jvmArgs ?? [])];
  const asJar = java.jar !== undefined && java.mainClass === undefined && java.classpath === undefined;
  return {
    identity,
    jdk,
    classpath: entries,
    mainClass,
    jar: asJar ? entries[0] : undefined,
    volumes: volumesOf(dir, identity, spec),
    hidden,
    keepsNoFile: stored === undefined || leavesOf(args).length > 0,
    api: java.enableMessaging === true ? jarThere('pj-api.jar', env) : findJar('pj-api.jar', env),
    handOver: hidden.length === 0 ? undefined : jarThere('own-jvm.jar', env),
    policyFile: restrictionsOf(spec, dir) === undefined ? undefined : policyPath(dir, identity),
  };
}

/** What it is kept from; undefined where that is nothing. */
function restrictionsOf({ security }: Spec, dir: string): NonNullable<AppCall['security']> | undefined {
  const policy = policyOf(security as JavaSecurity | undefined, dir);
  const free = policy === null || (policy.reflection && policy.networking && policy.fileSystem);
  return free ? undefined : policy;
}

const volumesOf = (dir: string, identity: Identity, spec: Spec): { name: string; path: string; readOnly: boolean }[] =>
  (spec.volumes ?? []).map((volume) => ({
    name: volumeName(volume),
    path: volumeDir(dir, identity, volume),
    readOnly: volume.readOnly === true,
  }));

/**
 * The target as the agent is to have it: the process that the application is. Writes its java.policy. `seen`: that it runs on as it is, so that what it
 * was started with stays noted. Throws PJ5601, PJ5602, PJ5606 and PJ5608.
 */
export function caredOf(shop: Workshop, target: Target, seen: Sighting | undefined): Cared {
  const { handle: _, stored, ...rest } = target;
  const build = buildOf(shop, target);
  furnish(shop, target, build);
  const running = runningIn(seen) ?? runningOf(build, target.spec, stampOfClassPath(build.classpath));
  const instance = target.handle?.['instance'];
  return {
    ...rest,
    ...(typeof instance === 'string' ? { instance } : {}),
    spec: nativeSpecOf(build, target.spec, running),
    ...(stored === undefined ? {} : { stored: nativeSpecOf(build, stored, running) }),
  };
}

function runningIn(seen: Sighting | undefined): Running | undefined {
  const { java, env } = seen?.entry.spec ?? {};
  const stamp = env?.[STAMP_VARIABLE];
  if (typeof stamp !== 'string' || java?.version === undefined || java.home === undefined) return undefined;
  return { version: java.version, home: java.home, stamp, heap: java.heap };
}

function furnish({ options: { dir } }: Workshop, { identity, spec }: Target, build: Build): void {
  const policy = restrictionsOf(spec, dir);
  if (policy === undefined || build.policyFile === undefined) return;
  const { jdk } = build;
  if (jdk.feature >= WITHOUT_POLICIES)
    throw new PjError('PJ5601', {
      id: identity.id,
      tried: `${jdk.home} is ${jdk.version}, which holds no security policy: that needs Java 17–23`,
    });
  const trusted = [build.api, build.handOver].filter((jar) => jar !== undefined);
  const text = policyText({
    policy,
    classpath: [...build.classpath, ...trusted],
    javaHome: jdk.home,
    volumes: volumesOf(dir, identity, spec),
    trusted,
  });
  const user = (spec.security as { user?: string } | undefined)?.user;
  writePolicy(build.policyFile, text, user);
}

export const lookFor = async ({ care }: Workshop, identity: Identity, { signal }: CallContext) =>
  find(await care.look(signal), identity);
