import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { lxcGround } from '../providers/container/lxc/ground.ts';
import { Scratch } from '../support/pj.ts';

needs('lxc')('examples/lxc', ({ lxc }) => {
  const ground = lxcGround(lxc);
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    await ground.clear();
  });

  it('comes up in order, is killed and healed, updated live, replaced, and goes', async () => {
    const name = `lxc-${randomBytes(3).toString('hex')}`;
    const scratch = Scratch.example('lxc');
    pj = scratch;
    scratch.write({ 'pj.yaml': scratch.read('pj.yaml').replace(/^name: .*$/m, `name: ${name}`) });
    scratch.env = {
      ...scratch.env,
      ...ground.env,
      DOCKER_HOST: 'unix:///nowhere',
      CONTAINER_HOST: 'unix:///nowhere',
      PJ_VAR_image: lxc.rootfs,
    };
    const page = async (): Promise<string> =>
      (await scratch.ok(['exec', 'web', '--', '/bin/cat', '/data/www/index.html'])).stdout;
    await scratch.ok(['validate']);
    await scratch.ok(['apply', '--auto-approve']);
    expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
    await scratch.ok(['drift']);
    expect(await page()).toBe('revision 1\n');
    // Without -f they end, though the program goes on.
    await scratch.ok(['logs', 'web']);

    const pid = (await scratch.ok(['exec', 'web', '--', '/bin/pidof', 'httpd'])).stdout.trim();
    // It may be taken along before its own end is told.
    expect([0, 137]).toContain((await scratch.pj(['exec', 'web', '--', '/bin/kill', '-9', pid])).code);
    expect((await scratch.ok(['drift'], {}, 2)).stdout).toContain('web');
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);

    const live = await scratch.ok(['apply', '--auto-approve'], { PJ_VAR_memory: '96MiB' });
    expect(live.stdout).toContain('0 added, 1 changed, 0 destroyed.');
    const env = { PJ_VAR_memory: '96MiB', PJ_VAR_revision: '2' };
    await scratch.ok(['apply', '--auto-approve'], env);
    await scratch.ok(['plan', '--detailed-exitcode'], env);
    expect(await page()).toBe('revision 2\n');

    await scratch.ok(['destroy', '--auto-approve']);
    expect(readdirSync(ground.path)).toEqual([]);
    expect(readdirSync(join(ground.path, '..', 'pj-volumes'))).toEqual([`${name}_data`]);
  });
});
