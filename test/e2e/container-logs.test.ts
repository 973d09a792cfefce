import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { fresh } from '../providers/container/api/engine-raw.ts';
import { removeHeld } from '../support/containers.ts';
import { Scratch } from '../support/pj.ts';

for (const runtime of ['docker', 'podman'] as const) {
  needs(runtime, 'registry')(`pj logs of containers on ${runtime}`, (have) => {
    const { socket } = have[runtime as 'docker'];
    let pj: Scratch | undefined;
    afterEach(async () => {
      const lineage = pj?.lineage();
      await pj?.cleanUp();
      await removeHeld(socket, lineage);
      pj = undefined;
    });

    it('end with what is there, and go on without the one that cannot be read', async () => {
      const container = (id: string, more: string): string =>
        `---\napplicationId: ${id}\nstop: { signal: SIGKILL }\ncontainer:\n  runtime: ${runtime}\n  image: ${have.registry.images.busybox}\n  command: [sh, -c, "echo I am ${id}; sleep 100000"]\n${more}`;
      pj = new Scratch({
        'pj.yaml': `name: ${fresh('logs')}\n`,
        'all.yaml': `${container('talker', '')}${container('mute', '  logging: { driver: none }\n')}`,
      });
      const [own, other] = runtime === 'docker' ? ['DOCKER_HOST', 'CONTAINER_HOST'] : ['CONTAINER_HOST', 'DOCKER_HOST'];
      pj.env = { ...pj.env, [own]: `unix://${socket}`, [other]: 'unix:///nowhere/engine.sock' };
      await pj.ok(['apply', '--auto-approve']);
      expect((await pj.ok(['logs', 'talker'])).stdout).toBe('I am talker\n');
      const all = await pj.ok(['logs']);
      expect(all.stdout).toMatch(/^talker *\| I am talker\n$/);
      expect(all.stderr).toMatch(/Warning: .*logs of mute.*PJ5407/);
      expect((await pj.ok(['logs', 'mute'], {}, 1)).stderr).toContain('PJ5407');
    });
  });
}
