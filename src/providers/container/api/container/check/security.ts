import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ContainerSecurity } from '../../../../../model/container-spec.ts';
import { pointer } from '../../../../../model/json.ts';
import type { Spec } from '../../../../../model/spec.ts';
import { capabilityName } from '../../../../../os/capabilities.ts';
import { readKernelFile } from '../../../../../os/kernel-file.ts';
import type { Finding } from '../../../../contract.ts';
import { text } from '../../things-check.ts';
import type { Facts } from './check.ts';
import { error, list, warning } from './finding.ts';
import { checkUserNamespace } from './userns.ts';

/** Rights that the engine or its kernel cannot hold. */
export async function checkSecurity({ security, container }: Spec, facts: Facts): Promise<Finding[]> {
  const told = (security ?? {}) as ContainerSecurity;
  const findings: Finding[] = [];
  if (told.hardened === true && container?.privileged === true) {
    const message = 'it contradicts `container.privileged`, which gives nearly all rights of the host';
    findings.push(error('/security/hardened', message, 'Take one of the two away.'));
  }
  findings.push(...checkCapabilities(told));
  const seccomp = text(told.seccomp);
  if (seccomp !== undefined && seccomp !== 'unconfined') findings.push(...(await checkSeccomp(seccomp, facts)));
  const apparmor = text(told.apparmor);
  if (apparmor !== undefined && apparmor !== 'unconfined') findings.push(...(await checkAppArmor(apparmor, facts)));
  const selinux = text(told.selinux);
  if (selinux !== undefined && selinux !== 'disable' && !(await facts.info()).guards.includes('selinux')) {
    const message = `SELinux is off in ${facts.engine.label}, so that the label ${selinux} would not be held`;
    findings.push(error('/security/selinux', message, 'Switch it on in the kernel and the engine, or take it away.'));
  }
  const namespace = text(told.userNamespace);
  if (namespace !== undefined) findings.push(...(await checkUserNamespace(namespace, facts)));
  return findings;
}

function checkCapabilities(told: ContainerSecurity): Finding[] {
  return (['capAdd', 'capDrop'] as const).flatMap((key) =>
    list(told[key]).flatMap((name, index) => {
      if (text(name) === undefined || /^(cap_)?all$/i.test(name) || capabilityName(name) !== undefined) return [];
      const hint = 'Use a name of capabilities(7) such as NET_BIND_SERVICE, or ALL.';
      return [error(pointer('security', key, index), `there is no capability ${name}`, hint)];
    }),
  );
}

async function checkSeccomp(profile: string, { engine, options, info }: Facts): Promise<Finding[]> {
  const path = '/security/seccomp';
  const file = resolve(options.dir, profile);
  const fault = engine.local || engine.name === 'docker' ? faultOf(file) : undefined;
  if (fault !== undefined)
    return [error(path, `the profile ${file} ${fault}`, 'Correct the path, which is relative to the project.')];
  if (!(await info()).guards.includes('seccomp')) {
    const message = `${engine.label} has no seccomp, so that the profile would not be held`;
    return [error(path, message, 'Use a kernel with seccomp, or take it away.')];
  }
  if (engine.local || engine.name === 'docker') return [];
  const message = `${engine.label} runs elsewhere and reads ${file} there`;
  return [warning(path, message, 'Put the same file at that path on the host of the engine.')];
}

/** Why a file is no profile, for people. */
function faultOf(file: string): string | undefined {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (thrown) {
    return `cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
  try {
    const profile: unknown = JSON.parse(content);
    return typeof profile === 'object' && profile !== null && 'defaultAction' in profile
      ? undefined
      : 'is no seccomp profile: it has no defaultAction';
  } catch (thrown) {
    return `is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

/** Only root sees which are loaded. */
const LOADED = '/sys/kernel/security/apparmor/profiles';

async function checkAppArmor(profile: string, { engine, info }: Facts): Promise<Finding[]> {
  const path = '/security/apparmor';
  if (!(await info()).guards.includes('apparmor')) {
    const message = `AppArmor is off in ${engine.label}, so that the profile ${profile} would not be held`;
    return [error(path, message, 'Switch it on in the kernel and the engine, or take it away.')];
  }
  const loaded = engine.local ? readKernelFile(LOADED) : undefined;
  if (loaded === undefined || loaded.split('\n').some((line) => line.replace(/ \(\w+\)$/, '') === profile)) return [];
  const hint = `apparmor_parser -r /etc/apparmor.d/${profile}, or correct the name.`;
  return [error(path, `the AppArmor profile ${profile} is not loaded in the kernel`, hint)];
}
