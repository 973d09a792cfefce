import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { fresh, raw, removeAll } from '../providers/container/api/engine-raw.ts';
import { freePort, Scratch } from '../support/pj.ts';

for (const runtime of ['docker', 'podman'] as const) {
  needs(runtime, 'registry')(`pj import of a container on ${runtime}`, (have) => {
    const { socket } = have[runtime as 'docker'];
    const image = have.registry.images.busybox;
    let pj: Scratch | undefined;
    let containers: string[] = [];
    afterEach(async () => {
      await removeAll(socket, { containers });
      await pj?.cleanUp();
      pj = undefined;
      containers = [];
    });

    const project = (name: string, more: string): Scratch => {
      pj = new Scratch({
        'pj.yaml': `name: ${name}\n`,
        'site/index.html': 'hello\n',
        'api.container.yaml': `applicationId: api\ncontainer:\n  runtime: ${runtime}\n  image: ${image}\n${more}`,
      });
      const [own, other] = runtime === 'docker' ? ['DOCKER_HOST', 'CONTAINER_HOST'] : ['CONTAINER_HOST', 'DOCKER_HOST'];
      pj.env = { ...pj.env, [own]: `unix://${socket}`, [other]: 'unix:///nowhere/engine.sock' };
      return pj;
    };
    const run = async (name: string, body: object): Promise<void> => {
      containers.push(name);
      await raw(socket, 'POST', `/containers/create?name=${name}`, { Image: image, ...body });
      await raw(socket, 'POST', `/containers/${name}/start`);
    };

    it('takes it over as it is, so that there is nothing to change, and leaves it running', async () => {
      const name = fresh('import');
      const port = await freePort();
      const scratch = project(
        name,
        `  command: [sleep, "100000"]
  workdir: /tmp
  ports: ["127.0.0.1:${port}:80"]
  volumes: ["./site:/site:ro"]
env:
  MODE: live
resources: { memory: 64MiB, cpu: 0.5 }
restart: { policy: on-failure, maxAttempts: 3 }
security: { capDrop: [ALL], noNewPrivileges: true }
`,
      );
      await run(name, {
        Cmd: ['sleep', '100000'],
        WorkingDir: '/tmp',
        Env: ['MODE=live'],
        ExposedPorts: { '80/tcp': {} },
        HostConfig: {
          PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] },
          Binds: [`${scratch.dir}/site:/site:ro`],
          Memory: 64 * 2 ** 20,
          MemorySwap: 64 * 2 ** 20,
          NanoCpus: 500_000_000,
          RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
          CapDrop: ['ALL'],
          SecurityOpt: ['no-new-privileges'],
        },
      });
      const before = await raw<{ Id: string; State: { Pid: number } }>(socket, 'GET', `/containers/${name}/json`);
      await scratch.ok(['import', 'api', name]);
      const plan = await scratch.ok(['plan']);
      expect(plan.stdout).toContain('No changes.');
      const after = await raw<typeof before>(socket, 'GET', `/containers/${name}/json`);
      expect([after.Id, after.State.Pid]).toEqual([before.Id, before.State.Pid]);
    });

    it('shows in the next plan what is otherwise than told, without values', async () => {
      const name = fresh('import');
      const scratch = project(
        name,
        '  command: [sleep, "100000"]\nrestart: { policy: "no" }\nenv: { WORD: told-value }\n',
      );
      await run(name, { Cmd: ['sleep', '99999'], Env: ['WORD=hidden-value'] });
      await scratch.ok(['import', 'api', name]);
      const { stdout } = await scratch.ok(['plan']);
      expect(stdout).toContain('99999');
      expect(stdout).toContain('WORD');
      expect(stdout).not.toContain('hidden-value');
    });

    it('refuses what is not there, and tries again after that', async () => {
      const name = fresh('import');
      const scratch = project(name, '  command: [sleep, "100000"]\nrestart: { policy: "no" }\n');
      const refused = await scratch.pj(['import', 'api', name]);
      expect(refused.code).not.toBe(0);
      expect(refused.stderr).toContain('PJ5413');
      await run(name, { Cmd: ['sleep', '100000'] });
      await scratch.ok(['import', 'api', name]);
      expect((await scratch.ok(['plan'])).stdout).toContain('No changes.');
    });
  });
}
