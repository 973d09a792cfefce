import { lstatSync } from 'node:fs';
import { join, normalize } from 'node:path';
import type { Spec } from '../../../../model/spec.ts';
import type { ConfigLine } from './config-text.ts';
import { isSystem, userOf } from './security.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What is run. There is no image that could bring a part of it. */
export const argvOf = ({ container }: Spec): string[] => [
  ...(container?.entrypoint ?? []),
  ...(container?.command ?? []),
  ...(container?.args ?? []),
];

function envOf(spec: Spec): Record<string, string> {
  const home = userOf(spec) === undefined ? { HOME: '/root' } : {};
  return { ...(isSystem(spec) ? {} : { PATH, ...home }), ...spec.env };
}

/** A line of a configuration cannot hold these values: LXC takes them from the environment of whoever starts it. */
export const isUnwritable = (value: string): boolean => /\n|\s$/.test(value);

/** The environment as lines of a configuration. */
export const envLines = (spec: Spec): ConfigLine[] =>
  Object.entries(envOf(spec)).map(([name, value]) => [
    'lxc.environment',
    isUnwritable(value) ? name : `${name}=${value}`,
  ]);

/** The values that LXC is to inherit. */
export const inherited = (spec: Spec): Record<string, string> =>
  Object.fromEntries(Object.entries(envOf(spec)).filter(([, value]) => isUnwritable(value)));

/** Why the program cannot be run; undefined where it can, or where what is mounted decides. */
export function programProblem(spec: Spec, rootfs: string): string | undefined {
  if (isSystem(spec)) {
    return isThere(rootfs, '/sbin/init')
      ? undefined
      : 'its image has no /sbin/init, which is run where the spec has no `command`';
  }
  const [program = ''] = argvOf(spec);
  if (program === '') return 'its command is empty';
  const candidates = program.includes('/')
    ? [join(spec.container?.workdir ?? '/', program), program]
    : (spec.env?.['PATH'] ?? PATH).split(':').map((folder) => join(folder, program));
  const mounted = (spec.volumes ?? []).map(({ path }) => path);
  if (candidates.some((one) => mounted.some((path) => one.startsWith(path)))) return undefined;
  if (candidates.some((one) => isThere(rootfs, one))) return undefined;
  return `there is no ${program} in its image`;
}

/** A link counts: where it leads is for the container to see. */
function isThere(rootfs: string, path: string): boolean {
  return lstatSync(join(rootfs, normalize(path)), { throwIfNoEntry: false }) !== undefined;
}
