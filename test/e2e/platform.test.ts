import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { removeHeld } from '../support/containers.ts';
import { freePort, Scratch } from '../support/pj.ts';
import { removeDomains } from '../support/vms.ts';

/** The example of the architecture document, on both runtimes of virtual machines and on both of containers. */
for (const [runtime, containers] of [
  ['libvirt', 'docker'],
  ['qemu', 'podman'],
] as const) {
  needs(
    'guest',
    'libvirt',
    'registry',
    containers,
  )(`examples/platform on ${runtime} and ${containers}`, (have) => {
    const { socket } = have[containers as 'docker'];
    let pj: Scratch | undefined;
    afterEach(async () => {
      const lineage = pj?.lineage();
      await pj?.cleanUp();
      await removeHeld(socket, lineage);
      await removeDomains(have.libvirt.uri, lineage);
      pj = undefined;
    });

    it('comes up in order on health, serves through all three, and goes in reverse; the disk stays', async () => {
      const scratch = Scratch.example('platform');
      pj = scratch;
      chmodSync(scratch.dir, 0o711);
      const [dbPort, appPort, port] = [await freePort(), await freePort(), await freePort()];
      const name = `platform-${randomBytes(4).toString('hex')}`;
      scratch.write({ 'pj.yaml': scratch.read('pj.yaml').replace(/^name: .*$/m, `name: ${name}`) });
      scratch.env = {
        ...scratch.env,
        LIBVIRT_DEFAULT_URI: have.libvirt.uri,
        DOCKER_HOST: `unix://${containers === 'docker' ? socket : '/nowhere/docker.sock'}`,
        ...(containers === 'podman' ? { CONTAINER_HOST: `unix://${socket}` } : {}),
        PJ_VAR_runtime: runtime,
        PJ_VAR_containers: containers,
        PJ_VAR_image: have.guest.redisDisk,
        PJ_VAR_memory: '192MiB',
        PJ_VAR_nginxImage: have.registry.images.nginx,
        PJ_VAR_dbPort: String(dbPort),
        PJ_VAR_appPort: String(appPort),
        PJ_VAR_port: String(port),
      };
      const hit = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
      /** In which order that was done to the workloads, as the events tell. */
      const order = (stdout: string, action: string): string[] =>
        stdout
          .split('\n')
          .filter((line) => line.startsWith('{'))
          .map((line) => JSON.parse(line) as { type?: string; pj?: { step?: string } })
          .flatMap(({ type, pj: told }) => {
            const [done, id] = told?.step?.split(' ') ?? [];
            return type === 'apply_complete' && done === action ? [id ?? ''] : [];
          });

      const applied = await scratch.ok(['apply', '--auto-approve', '--json']);
      expect(order(applied.stdout, 'start')).toEqual(['db-vm', 'app-service', 'nginx-web']);
      const counted = Number(/^hit (\d+)\n$/.exec(await hit())?.[1]);
      expect(counted).toBeGreaterThan(0);
      expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      await scratch.ok(['drift']);
      const stored = await scratch.ok(['exec', 'db-vm', '--', 'redis-cli', 'get', 'hits']);
      expect(Number(stored.stdout)).toBeGreaterThanOrEqual(counted);
      expect((await scratch.ok(['logs', 'db-vm'])).stdout).toContain('PJ-BOOT-OK');

      const destroyed = await scratch.ok(['destroy', '--auto-approve', '--json']);
      expect(order(destroyed.stdout, 'stop')).toEqual(['nginx-web', 'app-service', 'db-vm']);
      expect((await scratch.ok(['plan', '--detailed-exitcode'], {}, 2)).stdout).toContain('3 to add');
      // The disk is there still.
      expect(scratch.read('db.qcow2').slice(0, 3)).toBe('QFI');
      const gone = await scratch.ok(['state', 'list']);
      expect(gone.stdout.trim()).toBe('');
    });
  });
}
