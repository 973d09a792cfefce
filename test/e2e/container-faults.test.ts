import { randomBytes } from 'node:crypto';
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { ask, tell } from '../engines/answer.ts';
import { needs } from '../engines/engines.ts';
import { OwnDocker } from '../engines/own-docker.ts';
import { held, removeHeld } from '../support/containers.ts';
import { freePort, Scratch, until } from '../support/pj.ts';

needs(
  'docker',
  'registry',
  'privateRegistry',
)('what can go wrong with containers', (have) => {
  const { socket } = have.docker;
  const { images, host } = have.registry;
  const clean: (() => Promise<unknown> | unknown)[] = [];
  afterEach(async () => {
    for (const one of clean.splice(0).reverse()) await one();
  });

  /** A project with these documents, on that engine. */
  const project = (text: string, engine = socket): Scratch => {
    const scratch = new Scratch({ 'pj.yaml': `name: faults-${randomBytes(4).toString('hex')}\n`, 'all.yaml': text });
    scratch.env = { ...scratch.env, DOCKER_HOST: `unix://${engine}`, CONTAINER_HOST: 'unix:///nowhere/podman.sock' };
    clean.push(async () => {
      const lineage = scratch.lineage();
      await scratch.cleanUp();
      await removeHeld(engine, lineage);
    });
    return scratch;
  };
  const container = (id: string, more: string, image = images.busybox) =>
    `---\napplicationId: ${id}\ncontainer:\n  runtime: docker\n  image: ${image}\n  command: [sleep, "100000"]\n${more}\nstop: { signal: SIGKILL }\n`;
  const nothingLeft = async (scratch: Scratch, engine = socket): Promise<void> => {
    const left = await held(engine, scratch.lineage() ?? 'none');
    expect(left).toEqual({ containers: [], networks: [], volumes: [] });
  };
  const intact = async (scratch: Scratch): Promise<void> => {
    await scratch.ok(['state', 'list']);
    const doctor = await scratch.pj(['plan']);
    expect(doctor.stderr).not.toContain('PJ9001');
  };

  it('no engine: says which sockets it tried, and what to install', async () => {
    const scratch = project(container('web', ''), '/nowhere/docker.sock');
    const { stderr } = await scratch.ok(['apply', '--auto-approve'], {}, 1);
    expect(stderr).toContain('PJ5');
    expect(stderr).toContain('/nowhere/docker.sock');
    expect(stderr).toMatch(/apt-get\s+install\s+docker/);
  });

  it('an image that is not there', async () => {
    const scratch = project(container('web', '', `${host}/pj/nothing:9`));
    const { stdout, stderr } = await scratch.ok(['apply', '--auto-approve'], {}, 1);
    expect(stdout + stderr).toMatch(/PJ5403.*pj\/nothing:9/s);
    await nothingLeft(scratch);
    await intact(scratch);
  });

  it('a pull without rights, and with them', async () => {
    const { image, username, password } = have.privateRegistry;
    // What an earlier run has pulled needs no rights.
    const forget = () => ask({ socket }, `/images/${image}?force=1`, { method: 'DELETE' });
    await forget();
    clean.push(forget);
    const scratch = project(container('web', '', image));
    const { stdout, stderr } = await scratch.ok(['apply', '--auto-approve'], {}, 1);
    expect(stdout + stderr).toContain('PJ5414');
    await nothingLeft(scratch);
    scratch.write({
      'pj.yaml': `${scratch.read('pj.yaml')}secrets:\n  registry: { env: REGISTRY_PASSWORD }\n`,
      'all.yaml': container(
        'web',
        `  pull: always\n  registry: { username: ${username}, password: "\${secret.registry}" }`,
        image,
      ),
    });
    scratch.env = { ...scratch.env, REGISTRY_PASSWORD: password };
    const applied = await scratch.ok(['apply', '--auto-approve']);
    expect(applied.stdout + applied.stderr + scratch.read('.pj/state.json')).not.toContain(password);
    await scratch.ok(['destroy', '--auto-approve']);
  });

  it('a port that is in use: by a process of this host, by another container', async () => {
    const port = await freePort();
    const server: Server = createServer((_, answer) => answer.end());
    await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
    clean.push(() => new Promise((closed) => server.close(closed)));
    const scratch = project(container('web', `  ports: ["127.0.0.1:${port}:80"]`));
    // Told before anything is made.
    const { stdout, stderr } = await scratch.ok(['apply', '--auto-approve'], {}, 1);
    expect(stdout + stderr).toMatch(new RegExp(`port ${port} of the host is in use by \\S+ \\(pid ${process.pid}\\)`));
    await intact(scratch);
    await new Promise((closed) => server.close(closed));
    await scratch.ok(['apply', '--auto-approve']);
    const other = project(container('rival', `  ports: ["127.0.0.1:${port}:80"]`));
    const lost = await other.ok(['apply', '--auto-approve'], {}, 1);
    expect(lost.stdout + lost.stderr).toMatch(new RegExp(`port ${port} of the host is in use by .*web`));
    await scratch.ok(['destroy', '--auto-approve']);
    await other.ok(['apply', '--auto-approve']);
  });

  it('a name that a stranger has: it is told at plan, and the stranger is not touched', async () => {
    const scratch = project(container('web', ''));
    const name = `${/^name: (.*)$/m.exec(scratch.read('pj.yaml'))?.[1]}-web`;
    const body = JSON.stringify({ Image: images.busybox, Cmd: ['sleep', '1000'], StopSignal: 'SIGKILL' });
    const headers = { 'content-type': 'application/json' };
    const made = JSON.parse(
      await tell({ socket }, `/containers/create?name=${name}`, { method: 'POST', headers, body }),
    ) as { Id: string };
    clean.push(() => tell({ socket }, `/containers/${made.Id}?force=1`, { method: 'DELETE' }));
    await tell({ socket }, `/containers/${made.Id}/start`, { method: 'POST' });
    const { stderr } = await scratch.ok(['plan'], {}, 1);
    expect(stderr).toContain(name);
    await scratch.ok(['apply', '--auto-approve'], {}, 1);
    const inspected = JSON.parse(await tell({ socket }, `/containers/${made.Id}/json`)) as {
      State: { Running: boolean };
    };
    expect(inspected.State.Running).toBe(true);
  });

  it('a network that overlaps another', async () => {
    const octet = 1 + ((randomBytes(1)[0] ?? 0) % 250);
    const subnet = `10.213.${octet}.0/24`;
    const first = project(`applicationId: one\nnetwork: { runtime: docker, subnet: ${subnet} }\n`);
    await first.ok(['apply', '--auto-approve']);
    const second = project(`applicationId: two\nnetwork: { runtime: docker, subnet: ${subnet} }\n`);
    const { stdout, stderr } = await second.ok(['apply', '--auto-approve'], {}, 1);
    expect(stdout + stderr).toContain(subnet);
    await nothingLeft(second);
    await first.ok(['destroy', '--auto-approve']);
    await second.ok(['apply', '--auto-approve']);
  });

  it('a disk that is full: the error says so, and once there is room apply carries on', async () => {
    const own = await OwnDocker.start({ sizeMiB: 64 });
    clean.push(() => own.remove());
    await own.load(images.busybox, socket);
    const scratch = project(container('web', '  networks: [back]'), own.socket);
    const { bavail, bsize } = statfsSync(own.data);
    writeFileSync(join(own.data, 'ballast'), Buffer.alloc(Math.max(0, bavail * bsize)));
    // What it has no room for may be the network already.
    const { code, stdout, stderr } = await scratch.pj(['apply', '--auto-approve']);
    expect([1, 4]).toContain(code);
    expect(stdout + stderr).toContain('PJ5410');
    await intact(scratch);
    rmSync(join(own.data, 'ballast'));
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);
    await scratch.ok(['destroy', '--auto-approve']);
    await nothingLeft(scratch, own.socket);
  });

  it('an engine that is killed in mid-apply and comes back: apply carries on, nothing is doubled', async () => {
    const own = await OwnDocker.start();
    clean.push(() => own.remove());
    await own.load(images.busybox, socket);
    const many = Array.from({ length: 12 }, (_, i) => container(`c${i}`, '  networks: [back]')).join('');
    const scratch = project(many, own.socket);
    const run = scratch.start(['apply', '--auto-approve', '--parallelism', '2']);
    await until('some of them to run', async () => {
      const lineage = scratch.lineage();
      return lineage !== undefined && (await held(own.socket, lineage)).containers.length >= 3;
    });
    await own.kill();
    const ran = await run.done;
    expect([1, 4]).toContain(ran.code);
    expect(ran.stdout + ran.stderr).toMatch(/PJ5408|PJ5401/);
    const planned = await scratch.ok(['plan'], {}, 1);
    expect(planned.stderr).toContain(own.socket);
    await own.up();
    await scratch.ok(['apply', '--auto-approve']);
    await scratch.ok(['plan', '--detailed-exitcode']);
    const { containers } = await held(own.socket, scratch.lineage() ?? '');
    expect(containers.map(({ workload, state }) => `${workload} ${state}`).sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => `c${i} running`).sort(),
    );
    await scratch.ok(['destroy', '--auto-approve']);
    await nothingLeft(scratch, own.socket);
  });
});
