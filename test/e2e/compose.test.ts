import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { Scratch } from '../support/pj.ts';

const SHOP = join(import.meta.dirname, '../compose/shop');
const SECRETS = { DB_PASSWORD: 'aaa1', REDIS_PASSWORD: 'bbb2', SESSION_SECRET: 'ccc3', CACHE_URL: 'redis://ddd4' };

needs('docker')('a Compose file', (have) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });

  it('becomes a project that is valid, of which plan refuses just what this host cannot hold', async () => {
    const scratch = new Scratch({ 'nginx/seccomp.json': '{ "defaultAction": "SCMP_ACT_ALLOW" }', 'stripe.txt': 'x' });
    pj = scratch;
    cpSync(SHOP, scratch.dir, { recursive: true });
    scratch.env = { ...scratch.env, DOCKER_HOST: `unix://${have.docker.socket}` };
    const told = (await scratch.ok(['import', '--compose', 'compose.yaml'])).stdout;
    expect(told).toMatch(/^FILE +OF$/m);
    expect(told).toMatch(/^db\.yaml +container$/m);
    expect(told).toMatch(/^compose\.yaml:\d+:\d+ {2}services\.api\.build\n/m);
    expect(told).toContain('Next: set -a; . ./.env; set +a, pj validate, then pj plan');
    await scratch.ok(['fmt', '--check']);
    expect((await scratch.ok(['validate'])).stdout).toContain('12 workloads');
    // What this host cannot hold is refused, and nothing else is wrong.
    const plan = await scratch.ok(['plan', '--summary'], SECRETS, 1);
    const refused = plan.stderr.match(/^Error: .*/gm) ?? [];
    expect(refused.join('\n')).toContain('does not have the image shop-api');
    expect(refused.join('\n')).toContain('has nothing that hands out GPUs');
    for (const one of refused) expect(one).toMatch(/ \(PJ5000\)$/);
    const again = await scratch.ok(['import', '--compose', 'compose.yaml'], {}, 1);
    expect(again.stderr).toContain('PJ6097');
  });

  it('is told as JSON, into a folder of its own', async () => {
    const scratch = new Scratch({ 'a/compose.yaml': 'services: { web: { image: busybox, colour: red } }\n' });
    pj = scratch;
    const { stdout } = await scratch.ok(['import', '--compose', 'a/compose.yaml', '--out', 'b', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({
      format_version: '1.0',
      files: [{ path: '.gitignore' }, { path: 'pj.yaml' }, { path: 'web.yaml', of: 'container' }],
      notes: [{ key: 'services.web.colour', place: { file: 'a/compose.yaml', line: 1, column: 36 } }],
      secrets: [],
      missing: null,
    });
    expect((await scratch.ok(['import', '--compose', 'a/none.yaml'], {}, 1)).stderr).toContain('PJ1001');
    expect((await scratch.ok(['import', 'web'], {}, 64)).stderr).toContain('ENGINE_ID');
  });
});
