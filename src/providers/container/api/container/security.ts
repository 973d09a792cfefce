import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type Dockerode from 'dockerode';
import { PjError } from '../../../../errors.ts';
import type { ContainerSecurity } from '../../../../model/container-spec.ts';
import type { Json, Pointer } from '../../../../model/json.ts';
import type { Spec } from '../../../../model/spec.ts';
import { MARK } from '../../../marks.ts';
import type { ApiEngine } from '../connection/engine.ts';

/** nobody:nogroup, whatever the image calls them. */
const NOBODY = '65534:65534';

/** What a spec says of rights, with what `hardened` stands for filled in. */
export function securityOf({ security }: Spec): ContainerSecurity {
  const told = (security ?? {}) as ContainerSecurity;
  if (told.hardened !== true) return told;
  return { capDrop: ['ALL'], readOnlyRoot: true, noNewPrivileges: true, user: NOBODY, ...told };
}

/** Rights as the engine takes them. `dir`: what a profile's path is relative to. */
export function securityConfig(spec: Spec, engine: ApiEngine, dir: string, id: string): Dockerode.HostConfig {
  const { capAdd, capDrop, noNewPrivileges, readOnlyRoot, userNamespace, ...profiles } = securityOf(spec);
  const options = [
    ...(noNewPrivileges === true ? ['no-new-privileges'] : []),
    ...(profiles.seccomp === undefined ? [] : [`seccomp=${seccomp(profiles.seccomp, engine, dir, id)}`]),
    ...(profiles.apparmor === undefined ? [] : [`apparmor=${profiles.apparmor}`]),
    ...(profiles.selinux === undefined ? [] : [`label=${profiles.selinux}`]),
  ];
  return {
    ...(capAdd === undefined ? {} : { CapAdd: capAdd }),
    ...(capDrop === undefined ? {} : { CapDrop: capDrop }),
    ...(readOnlyRoot === undefined ? {} : { ReadonlyRootfs: readOnlyRoot }),
    ...(userNamespace === undefined ? {} : { UsernsMode: userNamespace }),
    ...(options.length === 0 ? {} : { SecurityOpt: options }),
    ...(spec.container?.privileged === undefined ? {} : { Privileged: spec.container.privileged }),
  };
}

/** Docker takes a profile's text, Podman the path of one. */
function seccomp(profile: string, engine: ApiEngine, dir: string, id: string): string {
  if (profile === 'unconfined') return profile;
  const path = resolve(dir, profile);
  if (engine.name === 'podman') return path;
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const reason = `its seccomp profile cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    throw new PjError('PJ5062', { what: id, reason }, { cause: thrown });
  }
}

/** The digest of the profile that a spec names, as a mark; none where it names no file that can be read here. */
export function profileMark(spec: Spec, dir: string): Record<string, string> {
  const digest = profileDigest(spec, dir);
  return digest === undefined ? {} : { [MARK.seccomp]: digest };
}

/** The profile, where its file says something else by now than when the container was made. */
export function profileFields(
  spec: Spec,
  labels: Readonly<Record<string, string>>,
  dir: string,
): Record<Pointer, Json> {
  const made = labels[MARK.seccomp];
  const now = made === undefined ? undefined : profileDigest(spec, dir);
  return now === undefined || now === made ? {} : { '/security/seccomp': `${securityOf(spec).seccomp} as it was` };
}

function profileDigest(spec: Spec, dir: string): string | undefined {
  const { seccomp: profile } = securityOf(spec);
  if (typeof profile !== 'string' || profile === 'unconfined') return undefined;
  try {
    return createHash('sha256')
      .update(readFileSync(resolve(dir, profile)))
      .digest('hex')
      .slice(0, 32);
  } catch {
    // Whoever needs it says that it is not there.
    return undefined;
  }
}
