import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { Scratch } from '../support/pj.ts';

const CONTAINER = (more: string) =>
  `kind: container\nrestart: { policy: "no" }\ncontainer:\n  runtime: lxc\n  image: \${var.image}\n${more}`;

needs('lxc')('a project on LXC', ({ lxc }) => {
  const ground = lxcGround(lxc);
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    await ground.clear();
  });

  it('comes up in order, is killed and healed, updated live, replaced, and goes', async () => {
    const name = `lxc-${randomBytes(3).toString('hex')}`;
    const scratch = new Scratch({
      'pj.yaml': `name: ${name}\nvariables:\n  image: { type: string }\n  memory: { type: string, default: 64MiB }\n  revision: { type: number, default: 1 }\nsecrets:\n  token: { env: THE_TOKEN }\n`,
      'net.yaml': 'applicationId: net\nkind: network\nnetwork: { runtime: lxc }\n',
      'prepare.yaml': `applicationId: prepare\n${CONTAINER('  type: job\n  command: [/bin/sh, -c, "echo $TOKEN > /data/token"]\n  env: { TOKEN: "${secret.token}" }\nvolumes: [{ name: data, path: /data, type: persistent }]\n')}`,
      'web.yaml': `applicationId: web\ndependencies: [{ id: prepare, condition: completed }]\nresources: { memory: "\${var.memory}" }\nhealthCheck: { type: http, port: 8080, path: /index.html }\n${CONTAINER('  command: [/bin/sh, -c, "mkdir -p /tmp/w; echo revision $REVISION > /tmp/w/index.html; exec httpd -f -p 8080 -h /tmp/w"]\n  env: { REVISION: "${var.revision}" }\n  networks: [net]\n')}volumes: [{ name: data, path: /data, type: persistent }]\n`,
    });
    pj = scratch;
    scratch.env = {
      ...scratch.env,
      ...ground.env,
      DOCKER_HOST: 'unix:///nowhere',
      CONTAINER_HOST: 'unix:///nowhere',
      PJ_VAR_image: lxc.rootfs,
      THE_TOKEN: 'not-for-any-file',
    };
    await scratch.ok(['apply', '--auto-approve']);
    expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
    await scratch.ok(['drift']);
    expect((await scratch.ok(['exec', 'web', '--', '/bin/cat', '/data/token'])).stdout).toBe('not-for-any-file\n');

    const pid = (await scratch.ok(['exec', 'web', '--', '/bin/pidof', 'httpd'])).stdout.trim();
    await scratch.ok(['exec', 'web', '--', '/bin/kill', '-9', pid]);
    expect((await scratch.ok(['drift'], {}, 2)).stdout).toContain('web');
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);

    const live = await scratch.ok(['apply', '--auto-approve'], { PJ_VAR_memory: '96MiB' });
    expect(live.stdout).toContain('0 added, 1 changed, 0 destroyed.');
    const env = { PJ_VAR_memory: '96MiB', PJ_VAR_revision: '2' };
    await scratch.ok(['apply', '--auto-approve'], env);
    await scratch.ok(['plan', '--detailed-exitcode'], env);
    expect((await scratch.ok(['exec', 'web', '--', '/bin/cat', '/tmp/w/index.html'])).stdout).toBe('revision 2\n');

    await scratch.ok(['destroy', '--auto-approve']);
    expect(readdirSync(ground.path)).toEqual([]);
    expect(readdirSync(join(ground.path, '..', 'pj-volumes'))).toEqual([`${name}_data`]);
  });
});
