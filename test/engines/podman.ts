import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { answers, tell } from './answer.ts';
import { ourDaemon, startDaemon, stopDaemon } from './daemon.ts';
import { PLACE, place } from './place.ts';
import type { Ports } from './ports.ts';
import type { Given, Step } from './step.ts';

export const PODMAN_SOCKET = `${PLACE}/podman/podman.sock`;

const paths = {
  socket: PODMAN_SOCKET,
  root: `${PLACE}/podman/root`,
  runRoot: `${PLACE}/podman/run`,
  config: `${PLACE}/podman/containers.conf`,
};
const registries = `${PLACE}/podman/registries.conf`;
const address = { socket: paths.socket };
/** Podman's own API; the one that looks like Docker's is at `/v1.41`. */
const LIBPOD = '/v4.3.0/libpod';

/** Podman's API socket, as root, with storage, networks and configuration of its own in our folder. */
export const podman: Step = {
  name: 'podman',
  packages: ['podman', 'runc', 'catatonit', 'netavark', 'aardvark-dns', 'iptables', 'iproute2'],
  gives: ['podman'],
  needs: [],
  daemons: ['podman'],
  async up({ session, ports }): Promise<Given> {
    const given = { podman: paths };
    const changed = [write(paths.config, containersConf()), write(registries, registriesConf(ports))].includes(true);
    if (ourDaemon('podman') !== undefined) {
      if (!changed && (await answers(address, '/_ping'))) return given;
      await stopDaemon('podman', 10_000); // It reads its configuration only once.
    }
    rmSync(paths.socket, { force: true });
    const where = ['--root', paths.root, '--runroot', paths.runRoot, '--tmpdir', `${PLACE}/podman/tmp`];
    await startDaemon({
      name: 'podman',
      file: 'podman',
      args: [...where, 'system', 'service', '--time=0', `unix://${paths.socket}`],
      env: {
        CONTAINERS_CONF: paths.config,
        CONTAINERS_REGISTRIES_CONF: registries,
        REGISTRY_AUTH_FILE: `${PLACE}/podman/auth.json`,
      },
      session,
      ready: () => answers(address, `${LIBPOD}/_ping`),
      deadlineMs: 30_000,
    });
    return given;
  },
  async down() {
    try {
      await removeContainers();
    } finally {
      await stopDaemon('podman', 10_000);
    }
  },
};

/** They have processes of their own, which would outlive the API. */
async function removeContainers(): Promise<void> {
  const remove = { method: 'DELETE', deadlineMs: 30_000 };
  const pods = JSON.parse(await tell(address, `${LIBPOD}/pods/json`)) as { Id: string }[];
  await Promise.allSettled(pods.map(({ Id }) => tell(address, `${LIBPOD}/pods/${Id}?force=true`, remove)));
  const containers = JSON.parse(await tell(address, `${LIBPOD}/containers/json?all=true`)) as { Id: string }[];
  const query = 'force=true&v=true&timeout=0';
  await Promise.allSettled(containers.map(({ Id }) => tell(address, `${LIBPOD}/containers/${Id}?${query}`, remove)));
}

/** Writes a file; true when it was not there or held something else. */
function write(file: string, text: string): boolean {
  let before: string | undefined;
  try {
    before = readFileSync(file, 'utf8');
  } catch {
    // The first time.
  }
  if (before !== text) writeFileSync(place(file.slice(PLACE.length)), text);
  return before !== text;
}

/**
 * runc: crun refuses hosts with cgroup v1 and v2 both. Limits: Podman asks for more than a container manager without CAP_SYS_RESOURCE may
 * give. The locks in files: those in shared memory are one for all of root's Podmans, and a new one frees them.
 */
const containersConf = (): string => `[containers]
default_ulimits = [${ulimits().join(', ')}]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
[network]
network_backend = "netavark"
network_config_dir = "${PLACE}/podman/networks"
`;

/** Our own hard limits, which may be passed on whatever we are allowed; Podman lowers its own of processes to 32768 first. */
function ulimits(): string[] {
  const text = readFileSync('/proc/self/limits', 'utf8');
  const hard = (row: string) =>
    Number(new RegExp(`^${row} +\\S+ +(\\d+)`, 'm').exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
  const [files, processes] = [Math.min(hard('Max open files'), 1_048_576), Math.min(hard('Max processes'), 32_768)];
  return [`"nofile=${files}:${files}"`, `"nproc=${processes}:${processes}"`];
}

const registriesConf = (ports: Ports): string =>
  ['unqualified-search-registries = []\n', ...[ports.registry, ports['private-registry']].map(insecure)].join('');

const insecure = (port: number): string => `[[registry]]\nlocation = "127.0.0.1:${port}"\ninsecure = true\n`;
