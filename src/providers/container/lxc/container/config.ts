import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Spec, Volume } from '../../../../model/spec.ts';
import type { Lxc } from '../engine.ts';
import { type Given, netLines } from '../network/nets.ts';
import { filesOf } from '../place.ts';
import { type ConfigLine, fstabPath } from './config-text.ts';
import { cgroupLines, deviceNumber } from './limits.ts';
import { hasUserNamespace, idLines, idsOf, isSystem, MAPPED, securityLines, securityOf, userOf } from './security.ts';

/** What a configuration is made from. */
export interface Wanted {
  lxc: Lxc;
  name: string;
  id: string;
  spec: Spec;
  /** The project's folder. */
  dir: string;
  nets: readonly Given[];
  /** What the image's own template has written. */
  base: readonly ConfigLine[];
  /** Where the root is now; it is renamed to its place later. */
  rootfs: string;
}

/** Devices that every container has. */
const DEVICES = ['c 1:3', 'c 1:5', 'c 1:7', 'c 5:0', 'c 5:1', 'c 5:2', 'c 1:8', 'c 1:9', 'c 136:*'];

/** A container's whole configuration but its environment and its command, which start gives: values of both may be secret. */
export function configOf(wanted: Wanted): ConfigLine[] {
  const { lxc, name, spec, dir, nets, base } = wanted;
  const files = filesOf(join(lxc.place.containers, name));
  const { container } = spec;
  const system = isSystem(spec);
  const readOnly = securityOf(spec).readOnlyRoot ?? securityOf(spec).hardened === true;
  const rootOptions = [...(readOnly ? ['ro'] : []), ...(hasUserNamespace(spec) ? [MAPPED] : [])];
  const lines: ConfigLine[] = [
    ...base,
    ['lxc.rootfs.path', `dir:${files.rootfs}`],
    ...(rootOptions.length === 0 ? [] : [['lxc.rootfs.options', rootOptions.join(',')] as const]),
    ...idLines(spec),
    ['lxc.uts.name', container?.hostname ?? hostName(name)],
    ...(base.length > 0 ? [] : defaults(spec)),
    ...(system ? [] : programLines(wanted)),
    ...cgroupLines(lxc.host, name, spec),
    ...securityLines(spec, dir),
    ...netLines(spec, nets),
    ...mountLines(wanted),
  ];
  if (system && spec.stop?.signal !== undefined) lines.push(['lxc.signal.halt', spec.stop.signal]);
  for (const [limit, { soft, hard }] of Object.entries(container?.ulimits ?? {}))
    lines.push([`lxc.prlimit.${limit}`, [soft, hard].map((one) => (one < 0 ? 'unlimited' : one)).join(':')]);
  for (const [key, value] of Object.entries(container?.sysctls ?? {})) lines.push([`lxc.sysctl.${key}`, value]);
  return lines;
}

/** What a host name may be made of. */
const hostName = (name: string): string => name.replace(/[^A-Za-z0-9-]/g, '-').slice(0, 63);

function defaults(spec: Spec): ConfigLine[] {
  const privileged = spec.container?.privileged === true;
  const system = isSystem(spec);
  const devices: ConfigLine[] = privileged
    ? []
    : [
        ['devices.deny', 'a'],
        ['devices.allow', 'c *:* m'],
        ['devices.allow', 'b *:* m'],
        ...DEVICES.map((one) => ['devices.allow', `${one} rwm`] as const),
      ];
  return [
    ['lxc.autodev', '1'],
    ['lxc.pty.max', '1024'],
    ['lxc.tty.max', '0'],
    [
      'lxc.mount.auto',
      privileged
        ? 'proc:rw sys:rw cgroup:rw'
        : system
          ? 'proc:mixed sys:mixed cgroup:mixed'
          : 'proc:mixed sys:ro cgroup:ro',
    ],
    ...devices.flatMap(([key, value]): ConfigLine[] => [
      [`lxc.cgroup.${key}`, value],
      [`lxc.cgroup2.${key}`, value],
    ]),
  ];
}

function programLines({ lxc, id, spec, rootfs }: Wanted): ConfigLine[] {
  const user = userOf(spec);
  const { workdir } = spec.container ?? {};
  const ids = user === undefined ? undefined : idsOf(user, rootfs, { engine: lxc.label, id });
  return [
    ...(ids === undefined
      ? []
      : [['lxc.init.uid', String(ids.uid)] as const, ['lxc.init.gid', String(ids.gid)] as const]),
    ...(workdir === undefined ? [] : [['lxc.init.cwd', workdir] as const]),
  ];
}

function mountLines(wanted: Wanted): ConfigLine[] {
  const { lxc, name, spec, dir } = wanted;
  const files = filesOf(join(lxc.place.containers, name));
  const { container, volumes = [] } = spec;
  const entry = (from: string, to: string, type: string, options: string): ConfigLine => [
    'lxc.mount.entry',
    `${fstabPath(from)} ${fstabPath(to.replace(/^\/+/, ''))} ${type} ${options} 0 0`,
  ];
  const shm = container?.shmSize ?? 64 << 20;
  const lines = [entry('shm', 'dev/shm', 'tmpfs', `rw,nosuid,nodev,noexec,mode=1777,size=${shm},create=dir`)];
  if (!isSystem(spec) || container?.extraHosts !== undefined)
    lines.push(entry(files.hosts, 'etc/hosts', 'none', 'bind,create=file'));
  if (!isSystem(spec) || container?.dns !== undefined)
    lines.push(entry(files.resolv, 'etc/resolv.conf', 'none', 'bind,create=file'));
  for (const [i, volume] of volumes.entries()) {
    const { from, type } = sourceOf(volume, i, lxc, files.volumes, dir);
    const size = volume.type === 'tmpfs' && volume.size !== undefined ? `,size=${volume.size}` : '';
    const rights = volume.readOnly === true ? 'ro' : 'rw';
    const options =
      type === 'tmpfs'
        ? `${rights},nosuid,nodev,mode=1777${size}`
        : `bind,${rights}${hasUserNamespace(spec) ? `,${MAPPED}` : ''}`;
    const isFile = type === 'none' && statSync(from, { throwIfNoEntry: false })?.isFile() === true;
    lines.push(entry(from, volume.path, type, `${options},create=${isFile ? 'file' : 'dir'}`));
  }
  for (const device of container?.devices ?? []) {
    const [from = '', to = from, rights = 'rwm'] = device.split(':');
    const number = deviceNumber(from);
    lines.push(entry(from, to, 'none', 'bind,create=file'));
    if (number === undefined) continue;
    const rule = `${statSync(from).isBlockDevice() ? 'b' : 'c'} ${number} ${rights}`;
    lines.push(['lxc.cgroup.devices.allow', rule], ['lxc.cgroup2.devices.allow', rule]);
  }
  return lines;
}

/** Where what is mounted comes from. */
function sourceOf(
  volume: Volume,
  index: number,
  { place }: Lxc,
  own: string,
  dir: string,
): { from: string; type: 'none' | 'tmpfs' } {
  if (volume.type === 'tmpfs') return { from: 'tmpfs', type: 'tmpfs' };
  if (volume.type === 'bind') {
    const source = volume.source ?? '';
    return { from: isAbsolute(source) ? source : resolve(dir, source), type: 'none' };
  }
  const from = volume.name === undefined ? join(own, String(index)) : join(place.volumes, volume.name, 'data');
  return { from, type: 'none' };
}
