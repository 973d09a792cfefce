import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectAgent } from '../../src/agent/client.ts';
import { agentStatus, startAgent, stopAgent, unitOf } from '../../src/agent/control.ts';
import { ensureAgent } from '../../src/agent/ensure.ts';
import { runtimeDir } from '../../src/agent/runtime-dir.ts';
import { lockHolders } from '../../src/agent/single.ts';
import { PjError } from '../../src/errors.ts';
import { buildAgent, eventually, type Ground, ground, killNow } from './ground.ts';

let agent: Awaited<ReturnType<typeof buildAgent>>;
let here: Ground;
beforeAll(async () => {
  agent = await buildAgent();
});
afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));
beforeEach(() => {
  here = ground(agent.entry);
});
afterEach(() => here.clear());

const options = (more: Partial<Parameters<typeof ensureAgent>[0]> = {}) => ({
  project: here.dir,
  env: here.env as Record<string, string>,
  version: '1.2.3',
  agentEntry: agent.entry,
  ...more,
});
const place = () => runtimeDir(here.dir, here.env, process.geteuid?.() ?? 0);
const codeOf = async (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'no error',
    (error: unknown) => (error instanceof PjError ? error.code : String(error)),
  );

describe('the agent of a project', () => {
  it('is one, whoever asks for it at once', async () => {
    const all = await Promise.all(Array.from({ length: 6 }, () => ensureAgent(options())));
    expect(new Set(all.map(({ info }) => info.pid)).size).toBe(1);
    for (const { client } of all) client.close();
    await eventually('the losers have gone', () => lockHolders(join(here.dir, '.pj', 'agent')).length === 1);
  });

  it('is one when several are started by hand at once, and the others say why they end', async () => {
    let taken = 0;
    const exits = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, [agent.entry, '--project', here.dir, '--idle', '20'], {
        env: here.env,
        stdio: 'ignore',
      });
      child.once('exit', (code) => {
        if (code === 75) taken += 1;
      });
      return new Promise<number | null>((resolve) => child.once('exit', resolve));
    });
    await eventually('three have given way', () => taken === 3);
    expect((await agentStatus(options())).running).toBe(true);
    await stopAgent(options());
    expect((await Promise.all(exits)).sort()).toEqual([0, 75, 75, 75]);
  });

  it('is found by a caller whose environment names another runtime directory', async () => {
    const { client, info } = await ensureAgent(options());
    client.close();
    const there = await connectAgent({ ...options(), env: { ...here.env, XDG_RUNTIME_DIR: '/nowhere' } });
    expect(there?.info.pid).toBe(info.pid);
    there?.client.close();
  });

  it('has a socket and a folder that are its user’s alone', async () => {
    const { client } = await ensureAgent(options());
    client.close();
    expect(statSync(place().socket).mode & 0o777).toBe(0o600);
    expect(statSync(place().dir).mode & 0o777).toBe(0o700);
  });

  it('leaves no file but its log and its events when it ends', async () => {
    await startAgent(options());
    expect(await stopAgent(options())).toEqual({ stopped: true, left: [] });
    expect(existsSync(place().dir)).toBe(false);
    expect(readdirSync(join(here.dir, '.pj'))).toEqual(['events.ndjson', 'logs']);
    expect(await stopAgent(options())).toEqual({ stopped: false, left: [] });
  });

  it('ends by itself when it has had nothing to do for a while', async () => {
    const { client, info } = await ensureAgent(options({ idle: 0.3 }));
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(client.usable).toBe(true);
    client.close();
    await eventually('it has gone', () => here.agentPid() === undefined);
    expect(info.version).toBe('1.2.3');
  });

  it('takes the place of one that was killed, socket file and all', async () => {
    const first = await ensureAgent(options());
    first.client.close();
    killNow(first.info.pid);
    await eventually('it is dead', () => here.agentPid() === undefined);
    expect(existsSync(place().socket)).toBe(true);
    const second = await ensureAgent(options());
    expect(second.info.pid).not.toBe(first.info.pid);
    second.client.close();
  });

  it('tells the call that it was killed in', async () => {
    const { client, info } = await ensureAgent(options());
    const call = client.call('info', {});
    await call;
    process.kill(info.pid, 'SIGSTOP');
    const waiting = client.call('info', {});
    killNow(info.pid);
    expect(await codeOf(waiting)).toBe('PJ5205');
    expect(await codeOf(client.call('info', {}))).toBe('PJ5205');
  });

  it('is given up on when it does not answer', async () => {
    const { client, info } = await ensureAgent(options());
    process.kill(info.pid, 'SIGSTOP');
    expect(await codeOf(client.call('info', {}, { timeout: 0.1 }))).toBe('PJ5206');
    client.close();
    killNow(info.pid);
  });
});

describe('the agent’s folder', () => {
  it('is refused when others may enter it', async () => {
    mkdirSync(place().dir, { recursive: true });
    chmodSync(place().dir, 0o755);
    expect(await codeOf(connectAgent(options()))).toBe('PJ5202');
  });

  it('is refused when it is a link', async () => {
    mkdirSync(join(here.dir, 'elsewhere'), { mode: 0o700 });
    mkdirSync(join(place().dir, '..'), { recursive: true, mode: 0o700 });
    symlinkSync(join(here.dir, 'elsewhere'), place().dir);
    expect(await codeOf(connectAgent(options()))).toBe('PJ5202');
  });

  it.runIf(process.geteuid?.() === 0)('is refused when it belongs to somebody else', async () => {
    mkdirSync(place().dir, { recursive: true, mode: 0o700 });
    chownSync(place().dir, 65534, 65534);
    expect(await codeOf(connectAgent(options()))).toBe('PJ5202');
    const failed = await ensureAgent(options({ deadline: 3 })).catch((error: unknown) => error);
    expect(String(failed)).toContain('belongs to uid 65534');
  });

  it('is refused when there is a file in place of the socket', async () => {
    mkdirSync(place().dir, { recursive: true, mode: 0o700 });
    writeFileSync(place().socket, '');
    expect(await codeOf(connectAgent(options()))).toBe('PJ5202');
  });
});

describe('an agent that does not come up', () => {
  it('is told with the end of its log', async () => {
    const broken = join(here.dir, 'broken.cjs');
    writeFileSync(broken, `console.error('the disk is upside down'); process.exit(1)`);
    const failed = await ensureAgent(options({ agentEntry: broken, deadline: 5 })).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(PjError);
    expect((failed as PjError).code).toBe('PJ5201');
    expect((failed as PjError).message).toContain('it ended (1)');
    expect((failed as PjError).message).toContain('the disk is upside down');
  });

  it('is told when its program is not there', async () => {
    expect(await codeOf(ensureAgent(options({ agentEntry: '/no/agent.cjs' })))).toBe('PJ5203');
  });

  it('of another protocol is refused', async () => {
    mkdirSync(place().dir, { recursive: true, mode: 0o700 });
    const server = createServer((socket) => {
      socket.on('data', (data) => {
        const { id } = JSON.parse(String(data)) as { id: number };
        const error = { code: 'PJ5204', message: '', details: { theirs: 99, ours: 1 } };
        socket.write(`${JSON.stringify({ id, error })}\n`);
      });
    });
    await new Promise<void>((resolve) => server.listen(place().socket, resolve));
    try {
      expect(await codeOf(ensureAgent(options()))).toBe('PJ5204');
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe('the systemd unit', () => {
  it('starts the agent of that project and leaves workloads running when it ends', () => {
    const { text } = unitOf({
      project: '/srv/my $app',
      node: '/usr/bin/node',
      agentEntry: '/opt/pj/agent.cjs',
      env: {},
      cwd: '/',
    });
    expect(text).toContain('ExecStart=/usr/bin/node /opt/pj/agent.cjs --project "/srv/my $$app" --idle 0');
    expect(text).toContain('KillMode=process');
    expect(text).not.toContain('Environment=');
  });

  it('tells it where engines are, without what a login brings and without a password', () => {
    const env = {
      DOCKER_HOST: 'ssh://me@far:22/run/my docker.sock',
      CONTAINER_HOST: 'tcp://me:hunter2/x@far:2375',
      DOCKER_CERT_PATH: 'certs',
      JAVA_HOME: '/opt/100%/jdk',
      SSH_AUTH_SOCK: '/tmp/ssh-1/agent.1',
      HOME: '/root',
    };
    const { text, leftOut } = unitOf({
      ...{ project: '/srv/app', node: '/usr/bin/node', agentEntry: '/opt/pj/agent.cjs', env, cwd: '/home/me' },
    });
    expect(text.split('\n').filter((line) => line.startsWith('Environment='))).toEqual([
      'Environment="DOCKER_HOST=ssh://me@far:22/run/my docker.sock"',
      'Environment=DOCKER_CERT_PATH=/home/me/certs',
      'Environment=JAVA_HOME=/opt/100%%/jdk',
    ]);
    expect(text).not.toContain('hunter2');
    expect(leftOut).toEqual(['CONTAINER_HOST']);
  });

  const analyze = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find((path) => existsSync(path));
  it.runIf(analyze)('is understood by systemd, whatever the folder is called', () => {
    for (const name of ['plain', 'my $app 100% "x" \\ \'y\' ; ü', 'two\nLines=1\t']) {
      const project = join(here.dir, name);
      mkdirSync(project);
      const unit = join(here.dir, 'pj-agent-test.service');
      const node = join(here.dir, 'no$de');
      if (!existsSync(node)) symlinkSync(process.execPath, node);
      writeFileSync(
        unit,
        unitOf({ project, node, agentEntry: agent.entry, env: { DOCKER_CONFIG: name }, cwd: '/' }).text,
      );
      const told = spawnSync(analyze ?? '', ['verify', '--man=no', unit], { encoding: 'utf8' });
      expect([told.status, told.stdout, told.stderr]).toEqual([0, '', '']);
    }
  });
});
