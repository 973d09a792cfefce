import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { ask } from '../engines/answer.ts';
import { needs } from '../engines/engines.ts';
import { removeHeld } from '../support/containers.ts';
import { Scratch } from '../support/pj.ts';

/** What is looked at of a container. */
interface Inspected {
  NetworkSettings: { Networks: Record<string, { Aliases: string[] } | undefined> };
}

needs('docker', 'registry')('a project made of a Compose file', (have) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });

  it('is applied as Compose would, and is then left alone', async () => {
    const { socket } = have.docker;
    const { images } = have.registry;
    const name = `compose-${randomBytes(3).toString('hex')}`;
    const image = `pj/${name}:1`;
    // As many images of databases and web servers say.
    execFileSync('docker', ['build', '-q', '-t', image, '-'], {
      stdio: ['pipe', 'ignore', 'ignore'],
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
});
