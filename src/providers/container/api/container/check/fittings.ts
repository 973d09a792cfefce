import { existsSync } from 'node:fs';
import type { ContainerSpec } from '../../../../../model/container-spec.ts';
import { type Pointer, pointer } from '../../../../../model/json.ts';
import type { Spec } from '../../../../../model/spec.ts';
import type { Finding } from '../../../../contract.ts';
import type { ApiEngine } from '../../connection/engine.ts';
import { text } from '../../things-check.ts';
import type { Facts } from './check.ts';
import { error, list, warning } from './finding.ts';
import { checkLogging } from './logging.ts';

/** Devices, GPUs, init, logging and restart times that the engine does not have. */
export async function checkFittings({ container, restart }: Spec, facts: Facts): Promise<Finding[]> {
  const { engine } = facts;
  return [
    ...checkDevices(container?.devices, engine),
    ...(container?.gpus === undefined ? [] : await checkGpus(facts)),
    ...(container?.init === true ? checkInit(engine) : []),
    ...(container?.logging === undefined ? [] : await checkLogging(container.logging, facts)),
    ...checkRestart(restart, engine),
  ];
}

function checkDevices(devices: ContainerSpec['devices'], { local, label }: ApiEngine): Finding[] {
  return list(devices).flatMap((device, index) => {
    const written = text(device);
    if (written === undefined || !local) return [];
    const path = pointer('container', 'devices', index);
    const [host = '', , rights] = written.split(':');
    if (rights !== undefined && !/^[rwm]{1,3}$/.test(rights))
      return [error(path, `${rights} are no rights of a device`, 'Say some of r, w and m: /dev/x:/dev/x:rw.')];
    if (existsSync(host)) return [];
    return [error(path, `${host} is not there on the host of ${label}`, 'Load its driver, or correct the path.')];
  });
}

/** Where what hands out GPUs of NVIDIA puts itself. */
const HOOKS = ['/usr/bin', '/usr/local/bin', '/usr/sbin', '/usr/local/sbin'].map(
  (dir) => `${dir}/nvidia-container-runtime-hook`,
);

async function checkGpus({ engine, info }: Facts): Promise<Finding[]> {
  const path = '/container/gpus';
  if (engine.name === 'podman') {
    const hint = 'Use Docker (`runtime: docker`), or name its files in `devices`.';
    return [error(path, `${engine.label} hands out no GPUs by the API by which pj makes containers`, hint)];
  }
  if (
    (await info()).runtimes.some((one) => one.startsWith('nvidia')) ||
    (engine.local && HOOKS.some((one) => existsSync(one)))
  )
    return [];
  const hint = 'Install nvidia-container-toolkit on its host and run `nvidia-ctk runtime configure --runtime=docker`.';
  return [error(path, `${engine.label} has nothing that hands out GPUs (no NVIDIA runtime)`, hint)];
}

/** The program that each engine puts first, and where it may be. */
const INIT: Record<ApiEngine['name'], { program: string; folders: string[] }> = {
  docker: {
    program: 'docker-init',
    folders: ['/usr/bin', '/usr/local/bin', '/usr/libexec/docker', '/usr/sbin', '/snap/docker/current/bin'],
  },
  podman: {
    program: 'catatonit',
    folders: [
      '/usr/libexec/podman',
      '/usr/local/libexec/podman',
      '/usr/lib/podman',
      '/usr/local/lib/podman',
      '/usr/bin',
    ],
  },
};

function checkInit({ name, label, local }: ApiEngine): Finding[] {
  const { program, folders } = INIT[name];
  if (!local || folders.some((folder) => existsSync(`${folder}/${program}`))) return [];
  const message = `${label} has no init to put first: ${program} is not installed`;
  return [
    error('/container/init', message, `apt-get install ${name === 'docker' ? 'tini' : program}, or take it away.`),
  ];
}

function checkRestart(restart: Spec['restart'], { label }: ApiEngine): Finding[] {
  const set = (['delay', 'maxDelay', 'resetAfter'] as const).filter((key) => restart?.[key] !== undefined);
  return set.map((key) => {
    const path: Pointer = pointer('restart', key);
    return warning(path, `${label} has times of its own for restarts, so that it is not held`, 'Take it away.');
  });
}
