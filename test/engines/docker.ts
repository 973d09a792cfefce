import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { identify } from '../../src/os/identity.ts';
import { answers, tell } from './answer.ts';
import { startDaemon, stopDaemon } from './daemon.ts';
import { folder, place } from './place.ts';
import type { Step } from './step.ts';

/** Where every Docker client looks. */
export const DOCKER_SOCKET = '/var/run/docker.sock';
const address = { socket: DOCKER_SOCKET };

/** Docker: whoever answers on its usual socket, or our own daemon with its data in our folder. */
export const docker: Step = {
  name: 'docker',
  packages: ['docker.io', 'iptables', 'iproute2', 'kmod'],
  gives: ['docker'],
  needs: [],
  daemons: ['dockerd'],
  async up({ session }) {
    const given = { docker: { socket: DOCKER_SOCKET } };
    if (await answers(address, '/_ping')) return given;
    const config = place('docker', 'daemon.json');
    const settings = {
      'data-root': folder('docker', 'data'),
      'exec-root': folder('docker', 'exec'),
      pidfile: place('docker', 'pid'),
      hosts: [`unix://${DOCKER_SOCKET}`],
      'log-level': 'warn',
      'shutdown-timeout': 5,
    };
    writeFileSync(config, JSON.stringify(settings));
    // Left by a daemon that was killed; it takes any process of that number, even a zombie, for its own.
    for (const file of [settings.pidfile, `${settings['exec-root']}/containerd/containerd.pid`]) {
      if (existsSync(file) && identify(Number(readFileSync(file, 'utf8'))) === undefined) rmSync(file);
    }
    await startDaemon({
      name: 'dockerd',
      file: 'dockerd',
      args: ['--config-file', config],
      session,
      ready: () => answers(address, '/_ping'),
      deadlineMs: 60_000,
    });
    return given;
  },
  async down() {
    try {
      await removeContainers();
    } finally {
      await stopDaemon('dockerd', 30_000);
    }
  },
};

/** Containers would be started again next time, and the bridges of networks stay in the kernel. */
async function removeContainers(): Promise<void> {
  const remove = { method: 'DELETE', deadlineMs: 30_000 };
  const containers = JSON.parse(await tell(address, '/containers/json?all=1')) as { Id: string }[];
  await Promise.allSettled(containers.map(({ Id }) => tell(address, `/containers/${Id}?force=1&v=1`, remove)));
  await tell(address, '/networks/prune', { method: 'POST', deadlineMs: 30_000 });
}
