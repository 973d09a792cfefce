import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ask } from '../engines/answer.ts';
import { needs } from '../engines/engines.ts';
import { removeHeld } from '../support/containers.ts';
import { Scratch } from '../support/pj.ts';

const SHOP = join(import.meta.dirname, '../compose/shop');
const SECRETS = { DB_PASSWORD: 'aaa1', REDIS_PASSWORD: 'bbb2', SESSION_SECRET: 'ccc3', CACHE_URL: 'redis://ddd4' };

/** What is looked at of a container. */
interface Inspected {
  NetworkSettings: { Networks: Record<string, { Aliases: string[] } | undefined> };
}

needs('docker', 'registry')('a Compose file', (have) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });

  it('becomes a project that is valid and that Docker can be asked to make', async () => {
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
    const plan = await scratch.ok(['plan', '--summary'], SECRETS);
    expect(plan.stdout).toContain('12 to add, 0 to change, 0 to destroy');
    const again = await scratch.ok(['import', '--compose', 'compose.yaml'], {}, 1);
    expect(again.stderr).toContain('PJ6097');
  });

  it('becomes what Compose makes of it, which is then left alone', async () => {
    const { socket } = have.docker;
    const { images } = have.registry;
    const name = `compose-${randomBytes(3).toString('hex')}`;
    const image = `pj/${name}:1`;
    // As many images of databases and web servers say.
    execFileSync('docker', ['build', '-q', '-t', image, '-'], {
      input: `FROM ${images.busybox}\nSTOPSIGNAL SIGUSR1\n`,
      env: { ...process.env, DOCKER_HOST: `unix://${socket}` },
    });
    const scratch = new Scratch({
      'compose.yaml': `name: ${name}
services:
  db:
    image: ${image}
    command: sh -c "trap 'exit 0' USR1; echo up; while :; do sleep 0.1; done"
    environment: { NAME: shop, EMPTY: "" }
    volumes: [ "data:/data" ]
    healthcheck: { test: test -d /data, interval: 1s }
    networks: { back: { aliases: [ store ] } }
    restart: always
  migrate:
    image: ${image}
    command: test -n there
    networks: [ back ]
    depends_on: { db: { condition: service_healthy } }
  web:
    image: ${image}
    command: [ sleep, "1000" ]
    networks: [ back ]
    stop_grace_period: 1s
    ports: [ "127.0.0.1::8080" ]
    depends_on: { migrate: { condition: service_completed_successfully } }
volumes: { data: {} }
networks: { back: {} }
`,
    });
    pj = scratch;
    scratch.env = { ...scratch.env, DOCKER_HOST: `unix://${socket}` };
    try {
      await scratch.ok(['import', '--compose', 'compose.yaml']);
      await scratch.ok(['validate']);
      await scratch.ok(['apply', '--auto-approve']);
      expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
      // Without -f they end, though the program goes on.
      expect((await scratch.ok(['logs', 'db'])).stdout).toBe('up\n');
      const db = JSON.parse((await ask({ socket }, `/containers/${name}-db/json`)).body) as Inspected;
      expect(db).toMatchObject({
        Config: { StopSignal: 'SIGUSR1', Healthcheck: { Interval: 1e9, Timeout: 30e9, Retries: 3 } },
        HostConfig: { RestartPolicy: { Name: 'unless-stopped' } },
      });
      expect(db.NetworkSettings.Networks[`${name}_back`]?.Aliases).toEqual(expect.arrayContaining(['db', 'store']));
      await scratch.ok(['destroy', '--auto-approve', '--destroy-volumes', '--allow-data-loss']);
    } finally {
      await removeHeld(socket, scratch.lineage());
      await ask({ socket }, `/images/${image}`, { method: 'DELETE' });
    }
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
