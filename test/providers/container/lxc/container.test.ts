import { execFileSync, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Spec } from '../../../../src/model/spec.ts';
import { Group } from '../../../../src/os/counters/group.ts';
import type { KernelPlaces } from '../../../../src/providers/contract.ts';
import { eventually } from '../../../agent/ground.ts';
import { needs } from '../../../engines/engines.ts';
import { context, lxcPlay } from './play.ts';

const WAITS = 'trap "exit 0" TERM; echo up; while :; do sleep 0.05; done';

needs('lxc')('containers on LXC', ({ lxc }) => {
  const dir = mkdtempSync(join(tmpdir(), 'pj-lxc-'));
  const play = lxcPlay(lxc, dir);
  const { shell, running, observed, output, exec, target, provider, record } = play;
  afterAll(async () => {
    await play.ground.clear();
    rmSync(dir, { recursive: true, force: true });
  });

  it('tells how a job ended, and keeps its output apart by stream', async () => {
    const good = await running('good', shell('echo out; echo err >&2', { type: 'job' }));
    await expect.poll(async () => (await observed(good)).status).toBe('completed');
    expect(await output(good)).toEqual(['stdout: out', 'stderr: err']);
    const bad = await running('bad', shell('exit 7', { type: 'job' }));
    await expect.poll(async () => (await observed(bad)).detail).toBe('exited 7');
    expect((await observed(bad)).status).toBe('dead');
    expect(await provider().find(play.identity('good'), context)).toMatchObject({ status: 'completed' });
  });

  it('keeps the exit code though pj has ended meanwhile', async () => {
    const script = join(import.meta.dirname, 'start-and-end.ts');
    const spec = shell('sleep 0.5; exit 9', { type: 'job' });
    const made = await provider().create(target('later', spec), context);
    const input = JSON.stringify({ target: target('later', spec, made.handle), env: play.ground.env, dir });
    execFileSync(process.execPath, ['--import', 'tsx', script], { input });
    await expect.poll(async () => (await observed(record('later', spec, made))).detail).toBe('exited 9');
  });

  it('writes no value of the environment anywhere', async () => {
    const secret = 'hunter2-but-longer';
    const env = { TOKEN: secret, LINES: `one\n${secret}`, LD_PRELOAD: '/nowhere.so' };
    const one = await running('secret', shell(WAITS, {}, { env }));
    const inside = await exec(one, ['/bin/sh', '-c', 'echo "$TOKEN $LINES $LD_PRELOAD"']);
    expect(inside.stdout).toBe(`${secret} one\n${secret} /nowhere.so\n`);
    const found = spawnSync('grep', ['-rlF', secret, '--exclude-dir=rootfs', play.ground.path, '/dev/shm', '/run'], {
      encoding: 'utf8',
    });
    expect(found.stdout).toBe('');
  });

  it('runs commands in it with their exit code, streams and input', async () => {
    const one = await running('exec', shell(WAITS, { user: 'app' }, { env: { GREETING: 'hi' } }));
    const told = await exec(
      one,
      ['/bin/sh', '-c', 'echo "$GREETING $(id -u):$(id -g)"; cat; echo bad >&2; exit 4'],
      'in\n',
    );
    expect(told).toEqual({ code: 4, stdout: 'hi 1000:1000\nin\n', stderr: 'bad\n' });
    expect((await exec(one, ['/bin/ls', '/proc/self/fd'])).stdout.split('\n')).not.toContain('4');
    await provider().stop(target('exec', one.spec, one.handle), context);
    await expect(exec(one, ['/bin/true'])).rejects.toThrow('not running');
  });

  it('checks its health by a command', async () => {
    const spec = shell(
      WAITS,
      {},
      { healthCheck: { type: 'exec', command: ['/bin/sh', '-c', 'echo no; test -e /tmp/ok'] } },
    );
    const one = await running('health', spec);
    expect(await provider().health?.(one, spec, context)).toEqual({
      healthy: false,
      reason: '/bin/sh → exit code 1: no',
    });
    await exec(one, ['/bin/touch', '/tmp/ok']);
    expect(await provider().health?.(one, spec, context)).toEqual({ healthy: true });
    const hangs = { ...spec, healthCheck: { type: 'exec' as const, command: ['/bin/sleep', '77'] } };
    const short = { ...context, signal: AbortSignal.timeout(300) };
    expect(await provider().health?.(one, hangs, short)).toMatchObject({ healthy: false });
    await expect.poll(async () => (await exec(one, ['/bin/ps'])).stdout).not.toContain('sleep 77');
  });

  it('pauses and resumes, samples, and stops with the signal that is asked for', async () => {
    const spec = shell('trap "exit 5" USR1; while :; do :; done', {}, { stop: { signal: 'SIGUSR1', gracePeriod: 30 } });
    const one = await running('paused', spec);
    const meter = provider();
    await meter.sample?.([one], context);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [usage] = (await meter.sample?.([one], context)) ?? [];
    expect(usage?.cpu).toBeGreaterThan(0);
    expect(usage?.memory).toBeGreaterThan(0);
    const [places] = (await meter.places?.([one], context)) ?? [];
    const group = new Group(places as KernelPlaces, { left: 50 });
    const told = group.read();
    group.close();
    expect(told?.cpuSeconds).toBeGreaterThan(0.05);
    expect(told?.workingSet).toBeGreaterThan(0);
    expect(told?.processes).toBeGreaterThanOrEqual(1);
    for (let i = 0; i < 2; i++) await provider().pause?.(target('paused', spec, one.handle), context);
    expect((await observed(one)).status).toBe('paused');
    for (let i = 0; i < 2; i++) await provider().resume?.(target('paused', spec, one.handle), context);
    expect((await observed(one)).status).toBe('running');
    await provider().pause?.(target('paused', spec, one.handle), context);
    await provider().stop(target('paused', spec, one.handle), context);
    expect(await observed(one)).toMatchObject({ status: 'stopped', detail: 'exited 5' });
  });

  it('kills what does not end in time', async () => {
    const spec = shell('trap "" TERM; while :; do sleep 0.05; done', {}, { stop: { gracePeriod: 0.3 } });
    const one = await running('deaf', spec);
    await provider().stop(target('deaf', spec, one.handle), context);
    expect((await observed(one)).status).toBe('stopped');
  });

  it('knows what a killed create has left for its own, and removes it', async () => {
    const spec = shell(WAITS);
    const script = join(import.meta.dirname, 'start-and-end.ts');
    for (const at of [1, 2, 3]) {
      const id = `killed${at}`;
      const input = JSON.stringify({ target: target(id, spec), env: play.ground.env, dir, create: true });
      const env = { ...process.env, PJ_CRASH_AT: String(at) };
      expect(() => execFileSync(process.execPath, ['--import', 'tsx', script], { input, env })).toThrow();
      const found = await provider().find(play.identity(id), context);
      expect(found?.whole).toBe(at === 3);
      expect((await provider().list({ ...play.identity(id) }, context)).map(({ identity }) => identity.id)).toContain(
        id,
      );
      if (at === 2) await running(id, spec);
      await provider().destroy(target(id, spec, found?.handle ?? null), { destroyVolumes: false }, context);
      expect(await provider().find(play.identity(id), context)).toBeUndefined();
      expect(readdirSync(play.ground.path).filter((name) => name.includes(id))).toEqual([]);
    }
    // Killed before anything was in it.
    const empty = join(play.ground.path, `.pj-${play.project}-bare`);
    mkdirSync(empty);
    writeFileSync(join(empty, '.marks.json.0123456789ab.tmp'), '{');
    const { handle } = await provider().create(target('bare', spec), context);
    expect(statSync(join(play.ground.path, String(handle?.['name']))).mode & 0o777).toBe(0o700);
    await provider().destroy(target('bare', spec, handle), { destroyVolumes: false }, context);
    expect(existsSync(empty)).toBe(false);
  });

  it('mounts volumes, folders and memory, and removes only what is its own', async () => {
    mkdirSync(join(dir, 'shared'));
    writeFileSync(join(dir, 'shared', 'a'), 'from the host\n');
    const volume = { volume: { name: 'data', runtime: 'lxc' as const } };
    await provider('volume').create(target('data', volume), context);
    const spec = shell(
      'cat /shared/a; echo kept > /data/b; echo gone > /own/c; touch /shared/x || echo ro; echo t > /mem/t; df /mem | tail -1; while :; do sleep 0.05; done',
      {},
      {
        volumes: [
          { path: '/shared', type: 'bind', source: 'shared', readOnly: true },
          { path: '/data', type: 'persistent', name: 'data' },
          { path: '/own', type: 'ephemeral' },
          { path: '/mem', type: 'tmpfs', size: 1 << 20 },
        ],
      },
    );
    const one = await running('mounts', spec);
    await expect.poll(async () => (await output(one)).length).toBeGreaterThan(3);
    const lines = (await output(one)).join('\n');
    expect(lines).toContain('from the host');
    expect(lines).toContain('stdout: ro');
    expect(lines).toMatch(/tmpfs\s+1024/);
    await expect(provider('volume').destroy(target('data', volume), { destroyVolumes: true }, context)).rejects.toThrow(
      /used by/,
    );
    await provider().destroy(target('mounts', spec, one.handle), { destroyVolumes: true }, context);
    expect(readFileSync(join(dir, 'shared', 'a'), 'utf8')).toBe('from the host\n');
    await provider('volume').destroy(target('data', volume), { destroyVolumes: false }, context);
    expect(readFileSync(join(play.ground.path, '..', 'pj-volumes', 'data', 'data', 'b'), 'utf8')).toBe('kept\n');
    await provider('volume').destroy(target('data', volume), { destroyVolumes: true }, context);
    expect(existsSync(join(play.ground.path, '..', 'pj-volumes', 'data'))).toBe(false);
  });

  it('keeps a hardened one in bounds', async () => {
    const security = { hardened: true, capAdd: ['NET_BIND_SERVICE'] };
    const script = 'id -u; grep -E "CapBnd|NoNewPrivs" /proc/self/status; touch /etc/x || echo read-only';
    const one = await running('hard', shell(script, { type: 'job' }, { security }));
    await expect.poll(async () => (await observed(one)).status).toBe('completed');
    const lines = (await output(one)).join('\n');
    expect(lines).toContain('stdout: 65534');
    expect(lines).toMatch(/CapBnd:\s+0000000000000400/);
    expect(lines).toMatch(/NoNewPrivs:\s+1/);
    expect(lines).toContain('read-only');
  });

  it('gives it users of its own, and maps what it mounts', async () => {
    const folder = join(dir, 'mapped');
    mkdirSync(folder, { mode: 0o755 });
    chmodSync(dir, 0o711);
    const volumes = [{ path: '/data', type: 'bind' as const, source: 'mapped' }];
    const script = 'awk "{print \\$2}" /proc/self/uid_map; touch /data/x /tmp/y && stat -c %u /data/x /tmp/y /bin/sh';
    const one = await running(
      'users',
      shell(script, { type: 'job' }, { security: { userNamespace: 'auto' }, volumes }),
    );
    await expect.poll(async () => (await observed(one)).status).toBe('completed');
    expect(await output(one)).toEqual(['stdout: 500000', 'stdout: 0', 'stdout: 0', 'stdout: 0']);
    expect(statSync(join(folder, 'x')).uid).toBe(0);
  });

  it('comes back when LXC’s monitor was killed and has left its groups', async () => {
    const spec = shell(WAITS);
    const one = await running('orphaned', spec);
    const monitor = spawnSync('pgrep', ['-f', `lxc-execute .*-n ${play.project}-orphaned `], { encoding: 'utf8' });
    for (const pid of monitor.stdout.trim().split('\n')) {
      const parent = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      if (parent === 'lxc-execute') process.kill(Number(pid), 'SIGKILL');
    }
    await expect.poll(async () => (await observed(one)).detail).toBe('exited 137 (SIGKILL)');
    expect((await observed(one)).status).toBe('dead');
    await provider().start(target('orphaned', spec, one.handle), context);
    expect((await observed(one)).status).toBe('running');
  });

  it('counts a service as dead whose program has ended, though not all that it started', async () => {
    // Others sleep on this machine too.
    const left = randomInt(1e6, 1e9);
    const spec = shell(`sleep ${left} & exit 3`);
    const one = await running('leaves', spec);
    await expect.poll(async () => (await observed(one)).status).toBe('dead');
    expect((await observed(one)).detail).toContain('not all of it has ended yet');
    await provider().start(target('leaves', spec, one.handle), context);
    await provider().destroy(target('leaves', spec, one.handle), { destroyVolumes: false }, context);
    expect(spawnSync('pgrep', ['-f', `sleep ${left}`]).status).toBe(1);
  });

  it('runs the whole system of a template', async () => {
    const spec = { ...shell(''), container: { image: 'template:busybox', runtime: 'lxc' as const } };
    const one = await running('system', spec);
    expect(await observed(one)).toMatchObject({ status: 'running' });
    expect((await exec(one, ['/bin/sh', '-c', 'ps | head -2'])).stdout).toMatch(/init/);
    await provider().stop(target('system', spec, one.handle), context);
    expect((await observed(one)).status).toBe('stopped');
    await provider().destroy(target('system', spec, one.handle), { destroyVolumes: false }, context);
  });

  it('leaves what others have made alone, and takes it over when it is told to', async () => {
    const name = `${play.project}-theirs`;
    const theirs = join(play.ground.path, name);
    mkdirSync(join(theirs, 'rootfs'), { recursive: true });
    execFileSync('tar', ['-xf', lxc.rootfs, '-C', join(theirs, 'rootfs')]);
    writeFileSync(
      join(theirs, 'config'),
      `lxc.rootfs.path = dir:${theirs}/rootfs\nlxc.uts.name = theirs\nlxc.net.0.type = empty\nlxc.init.cmd = /bin/sleep 1000\nlxc.signal.halt = SIGTERM\n`,
    );
    const spec = shell(WAITS);
    await expect(provider().create(target('theirs', spec), context)).rejects.toMatchObject({ code: 'PJ5404' });
    await provider().destroy(target('theirs', spec), { destroyVolumes: true }, context);
    expect(existsSync(join(theirs, 'config'))).toBe(true);
    expect(await play.findings(spec)).toEqual([]);
    const named: Spec = { container: { image: join(theirs, 'rootfs'), runtime: 'lxc' } };
    const adopted = await provider().adopt?.(
      { identity: play.identity('theirs'), engineId: name, spec: named },
      context,
    );
    expect(adopted?.made.handle).toMatchObject({ imported: true, name });
    expect(adopted?.spec.container?.image).toBe(join(theirs, 'rootfs'));
    const made = await provider().start(target('theirs', spec, adopted?.made.handle ?? null), context);
    const one = record('theirs', spec, made);
    expect((await observed(one)).status).toBe('running');
    expect((await exec(one, ['/bin/hostname'])).stdout).toBe('theirs\n');
    const smaller = { ...spec, resources: { memory: 64 << 20 } };
    await provider().update(target('theirs', smaller, made.handle), ['/resources/memory'], context);
    expect(readFileSync(join(theirs, 'config'), 'utf8')).toMatch(/memory\.(max|limit_in_bytes) = 67108864/);
    await provider().stop(target('theirs', spec, made.handle), context);
    await eventually('it has ended', async () => (await observed(one)).status !== 'running');
    await provider().destroy(target('theirs', spec, made.handle), { destroyVolumes: false }, context);
    expect(existsSync(join(theirs, 'config'))).toBe(true);
    await expect(
      provider().adopt?.({ identity: play.identity('x'), engineId: 'nobody', spec: named }, context),
    ).rejects.toMatchObject({ code: 'PJ5413' });
  });
});
