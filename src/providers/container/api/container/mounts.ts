import { resolve } from 'node:path';
import type Dockerode from 'dockerode';
import type { Volume } from '../../../../model/spec.ts';

/** What is mounted into a container, as the engine takes it. Mounts are refused where their source is not there; binds would make it. */
export function mountsOf(
  volumes: readonly Volume[],
  dir: string,
): { Volumes?: Record<string, object>; HostConfig: Dockerode.HostConfig } {
  const mounts: Dockerode.MountConfig = [];
  const anonymous: Record<string, object> = {};
  const memory: Record<string, string> = {};
  for (const { type, path, name, source, readOnly = false, size } of volumes) {
    if (type === 'bind')
      mounts.push({ Type: 'bind', Source: resolve(dir, source ?? ''), Target: path, ReadOnly: readOnly });
    else if (type === 'tmpfs') memory[path] = tmpfsOptions(readOnly, size);
    else if (name !== undefined) mounts.push({ Type: 'volume', Source: name, Target: path, ReadOnly: readOnly });
    else if (readOnly || size !== undefined) mounts.push(ownVolume(path, readOnly, size));
    else anonymous[path] = {};
  }
  return {
    ...(Object.keys(anonymous).length === 0 ? {} : { Volumes: anonymous }),
    HostConfig: {
      ...(mounts.length === 0 ? {} : { Mounts: mounts }),
      ...(Object.keys(memory).length === 0 ? {} : { Tmpfs: memory }),
    },
  };
}

const tmpfsOptions = (readOnly: boolean, size: number | undefined): string =>
  [readOnly ? 'ro' : 'rw', ...(size === undefined ? [] : [`size=${size}`])].join(',');

/** A volume without a name that is more than a path. */
const ownVolume = (path: string, readOnly: boolean, size: number | undefined): Dockerode.MountSettings => {
  const limited = { NoCopy: false, Labels: {}, DriverConfig: { Name: 'local', Options: { size: String(size) } } };
  const mount = { Type: 'volume', Source: '', Target: path, ReadOnly: readOnly } as const;
  return size === undefined ? mount : { ...mount, VolumeOptions: limited };
};
