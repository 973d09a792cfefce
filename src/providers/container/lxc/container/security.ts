import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PjError } from '../../../../errors.ts';
import type { ContainerSecurity } from '../../../../model/container-spec.ts';
import type { Spec } from '../../../../model/spec.ts';
import { readKernelFile } from '../../../../os/kernel-file.ts';
import type { ConfigLine } from './config-text.ts';

/** What a container may do where nothing else is said: the same as on Docker. */
const DEFAULT_CAPS = [
  'audit_write',
  'chown',
  'dac_override',
  'fowner',
  'fsetid',
  'kill',
  'mknod',
  'net_bind_service',
  'net_raw',
  'setfcap',
  'setgid',
  'setpcap',
  'setuid',
  'sys_chroot',
];

/** What the init of a whole system must not have; it cannot work with as little as a single program. */
const SYSTEM_DROPS = ['mac_admin', 'mac_override', 'sys_time', 'sys_module', 'sys_rawio'];
const COMMON_SECCOMP = '/usr/share/lxc/config/common.seccomp';

export const securityOf = (spec: Spec): ContainerSecurity => (spec.security ?? {}) as ContainerSecurity;

/** Whether a program of the user's is run, or the init of the whole system in the image. */
export const isSystem = ({ container }: Spec): boolean =>
  container?.command === undefined && container?.entrypoint === undefined && container?.args === undefined;

/** The user that it runs as, as the user wrote it. */
export function userOf(spec: Spec): string | undefined {
  const { user, hardened } = securityOf(spec);
  return user ?? spec.container?.user ?? (hardened === true ? '65534:65534' : undefined);
}

/** Everything of `security` but the user and the root. */
export function securityLines(spec: Spec, dir: string): ConfigLine[] {
  const security = securityOf(spec);
  const { hardened = false, seccomp, noNewPrivileges = hardened, apparmor, selinux } = security;
  const privileged = spec.container?.privileged === true;
  const lines: ConfigLine[] = [...capLines(spec)];
  if (noNewPrivileges) lines.push(['lxc.no_new_privs', '1']);
  if (seccomp !== undefined && seccomp !== 'unconfined') lines.push(['lxc.seccomp.profile', resolve(dir, seccomp)]);
  else if (seccomp === undefined && !privileged && existsSync(COMMON_SECCOMP))
    lines.push(['lxc.seccomp.profile', COMMON_SECCOMP]);
  if (apparmor !== undefined) lines.push(['lxc.apparmor.profile', apparmor]);
  if (selinux !== undefined) lines.push(['lxc.selinux.context', selinux]);
  return lines;
}

function capLines(spec: Spec): ConfigLine[] {
  const { hardened = false, capAdd = [], capDrop = hardened ? ['ALL'] : [] } = securityOf(spec);
  if (spec.container?.privileged === true) return [];
  const plain = (names: readonly string[]) => names.map((name) => name.toLowerCase().replace(/^cap_/, ''));
  const [add, drop] = [plain(capAdd), plain(capDrop)];
  if (add.includes('all') && drop.length === 0) return [];
  if (isSystem(spec) && !drop.includes('all')) {
    const dropped = [...new Set([...SYSTEM_DROPS, ...drop])].filter((one) => !add.includes(one));
    return dropped.length === 0 ? [] : [['lxc.cap.drop', dropped.join(' ')]];
  }
  const base = drop.includes('all') ? [] : DEFAULT_CAPS.filter((one) => !drop.includes(one));
  const kept = [...new Set([...base, ...add])];
  return [['lxc.cap.keep', kept.length === 0 ? 'none' : kept.join(' ')]];
}

/** Numbers of the user and group of `user[:group]`; names are those of the image. Throws PJ5407 for one that it does not have. */
export function idsOf(user: string, rootfs: string, of: { engine: string; id: string }): { uid: number; gid: number } {
  const [who = '', group] = user.split(':');
  const account = entryIn(join(rootfs, 'etc/passwd'), who);
  const uid = /^\d+$/.test(who) ? Number(who) : Number(account?.[2]);
  const gid =
    group === undefined
      ? Number(account?.[3] ?? 0)
      : /^\d+$/.test(group)
        ? Number(group)
        : Number(entryIn(join(rootfs, 'etc/group'), group)?.[2]);
  if (Number.isNaN(uid) || Number.isNaN(gid)) {
    const reason = `its image knows no ${Number.isNaN(uid) ? `user ${who}` : `group ${group ?? ''}`}`;
    throw new PjError('PJ5407', { engine: of.engine, action: 'start', id: of.id, reason });
  }
  return { uid, gid };
}

function entryIn(file: string, wanted: string): string[] | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  return lines.find(([name, , number]) => name === wanted || number === wanted);
}

/** The ids of this host that root may give to the users of a container; undefined where nobody has said which. */
export function subordinateIds(kind: 'uid' | 'gid'): { first: number; count: number } | undefined {
  const [, first, count] = /^root:(\d+):(\d+)$/m.exec(readKernelFile(`/etc/sub${kind}`) ?? '') ?? [];
  return first === undefined || count === undefined ? undefined : { first: Number(first), count: Number(count) };
}

/** Whether the users of a container are others on this host. */
export const hasUserNamespace = (spec: Spec): boolean => securityOf(spec).userNamespace === 'auto';

/** Files keep their owners on the disk: the kernel maps them as it maps the users. */
export const MAPPED = 'idmap=container';

export function idLines(spec: Spec): ConfigLine[] {
  if (!hasUserNamespace(spec)) return [];
  return (['uid', 'gid'] as const).flatMap((kind): ConfigLine[] => {
    const ids = subordinateIds(kind);
    return ids === undefined ? [] : [['lxc.idmap', `${kind[0] ?? ''} 0 ${ids.first} ${ids.count}`]];
  });
}
