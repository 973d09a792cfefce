import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identify, isAlive } from '../../src/os/identity.ts';
import { readStat } from '../../src/os/process.ts';
import { readRlimit } from '../../src/os/rlimits.ts';
import { buildLaunch, findTools } from '../../src/os/sandbox.ts';
import { Playground, result, until } from './test-cgroups.ts';

const tools = findTools();
const isRoot = process.geteuid?.() === 0;
let ground: Playground;
let folder: string;

beforeEach(() => {
  ground = new Playground();
  folder = mkdtempSync(join(tmpdir(), 'pj-sandbox-'));
});
afterEach(async () => {
  await ground.clear();
  rmSync(folder, { recursive: true, force: true });
});

const status = (text: string, key: string): string => new RegExp(`^${key}:[\\t ]*(.*)$`, 'm').exec(text)?.[1] ?? '';
const SHOW = { command: '/bin/cat', args: ['/proc/self/status'] };

describe('buildLaunch', () => {
  it('puts nothing before a command that needs nothing', () => {
    expect(buildLaunch({ command: '/bin/true', args: ['a b', ''], cgroupProcs: [], workdir: '/' })).toEqual({
      argv: ['/bin/true', 'a b', ''],
      needs: [],
      monitored: false,
    });
  });

  it('passes arguments through the chain untouched, whatever is in them', async () => {
    const args = ['-c', 'printf "<%s>" "$@"', 'x', 'a b', '$(id)', '`id`', '', '-n', '--', "'", '"', '\n', '*', '\\'];
    const request = { command: '/bin/sh', args, umask: '077', rlimits: { nofile: 100 } };
    const security = isRoot ? { noNewPrivileges: true, capabilities: [] } : { noNewPrivileges: true };
    const { stdout, stderr } = await result(ground.launch({ ...request, security }));
    expect(stderr).toBe('');
    expect(stdout).toBe(
      args
        .slice(3)
        .map((arg) => `<${arg}>`)
        .join(''),
    );
  });

  it('ends with 126 and says why when a group cannot be joined', async () => {
    const { code, stderr } = await result(
      ground.launch({ command: '/bin/echo', args: ['never'], cgroupProcs: [join(folder, 'none', 'cgroup.procs')] }),
    );
    expect(code).toBe(126);
    expect(stderr).toMatch(/pj-launch/);
  });

  it('keeps pid and exit code of the command', async () => {
    const child = ground.launch({ command: '/bin/sh', args: ['-c', 'echo $$; exit 7'], umask: '022' });
    expect(await result(child)).toMatchObject({ code: 7, stdout: `${child.pid}\n` });
  });

  it('sets umask and rlimits', async () => {
    const { stdout } = await result(
      ground.launch({
        command: '/bin/sh',
        args: ['-c', 'umask; ulimit -Sn; ulimit -Hn; ulimit -c'],
        umask: '027',
        rlimits: { nofile: 123, core: 0 },
      }),
    );
    expect(stdout.split('\n')).toEqual(['0027', '123', '123', '0', '']);
    expect(readRlimit('nofile')?.hard).toBeGreaterThan(123);
  });

  it('says which tool is missing', () => {
    const request = { command: '/bin/true', args: [], cgroupProcs: [], workdir: '/', tools: {} };
    expect(() => buildLaunch({ ...request, umask: '022' })).toThrow(/sh is needed for cgroups and umask/);
    expect(() => buildLaunch({ ...request, rlimits: { nofile: 1 } })).toThrow(/prlimit/);
    expect(() => buildLaunch({ ...request, security: { noNewPrivileges: true } })).toThrow(/setpriv/);
    expect(() => buildLaunch({ ...request, tools: { sh: '/bin/sh' }, security: { privateTmp: true } })).toThrow(
      /bwrap/,
    );
  });

  it('refuses users, groups, umasks and capabilities that cannot be', () => {
    const request = { command: '/bin/true', args: [], cgroupProcs: [], workdir: '/' };
    expect(() => buildLaunch({ ...request, user: 'no-such-user' })).toThrow(/there is no user no-such-user/);
    expect(() => buildLaunch({ ...request, group: 'no-such-group' })).toThrow(/there is no group no-such-group/);
    expect(() => buildLaunch({ ...request, user: '54321' })).toThrow(/group has to be given/);
    expect(() => buildLaunch({ ...request, umask: '9; id' })).toThrow(/umask/);
    expect(() => buildLaunch({ ...request, security: { capabilities: ['fly'] } })).toThrow(/unknown capability fly/);
  });

  it('sets no-new-privileges', async () => {
    const { stdout } = await result(ground.launch({ ...SHOW, security: { noNewPrivileges: true } }));
    expect(status(stdout, 'NoNewPrivs')).toBe('1');
    const without = await result(ground.launch({ ...SHOW, umask: '022' }));
    expect(status(without.stdout, 'NoNewPrivs')).toBe('0');
  });
});

describe.runIf(isRoot)('buildLaunch as root', () => {
  it('switches the user with the user’s groups', async () => {
    const { stdout } = await result(ground.launch({ ...SHOW, user: 'nobody' }));
    const nobody = /^nobody:[^:]*:(\d+):(\d+)/m.exec(readFileSync('/etc/passwd', 'utf8'));
    expect(status(stdout, 'Uid').split('\t')).toEqual(Array(4).fill(nobody?.[1]));
    expect(status(stdout, 'Gid').split('\t')).toEqual(Array(4).fill(nobody?.[2]));
    expect(status(stdout, 'CapEff')).toBe('0000000000000000');
  });

  it('takes bare numbers, with a group', async () => {
    const { stdout } = await result(ground.launch({ ...SHOW, user: '54321', group: '54322' }));
    expect(status(stdout, 'Uid').split('\t')[1]).toBe('54321');
    expect(status(stdout, 'Gid').split('\t')[1]).toBe('54322');
    expect(status(stdout, 'Groups').trim()).toBe('');
  });

  it('drops all capabilities but those that are kept, of root and of another user', async () => {
    const none = await result(ground.launch({ ...SHOW, security: { capabilities: [] } }));
    for (const set of ['CapEff', 'CapPrm', 'CapBnd', 'CapInh']) expect(status(none.stdout, set)).toBe('0'.repeat(16));
    for (const user of [undefined, 'nobody']) {
      const { stdout } = await result(
        ground.launch({ ...SHOW, user, security: { capabilities: ['CAP_NET_BIND_SERVICE'] } }),
      );
      for (const set of ['CapEff', 'CapPrm', 'CapBnd']) expect(status(stdout, set)).toBe('0000000000000400');
    }
  });

  it('joins its group before anything else runs, and as another user too', async () => {
    const group = ground.group();
    group.create();
    group.setLimits({ pids: 50 });
    const { stdout } = await result(
      ground.launch({
        command: '/bin/cat',
        args: ['/proc/self/cgroup'],
        user: 'nobody',
        cgroupProcs: group.procsFiles(),
      }),
    );
    expect(stdout.match(/_load\.1$/gm)?.length).toBe(group.procsFiles().length);
  });
});

describe.runIf(tools.bwrap !== undefined)('buildLaunch with bubblewrap', () => {
  const sh = (script: string) => ({ command: '/bin/sh', args: ['-c', script] });

  it('makes everything read-only but the writable paths', async () => {
    const writable = join(folder, 'data');
    mkdirSync(writable);
    const script = `echo a > ${folder}/no; echo b > /etc/pj-test-no; echo c > /usr/pj-test-no; echo d > ${writable}/yes && echo ok > /dev/null && echo fine`;
    const { stdout, stderr } = await result(
      ground.launch({ ...sh(script), security: { readOnlyRoot: true, writablePaths: ['data'] }, workdir: folder }),
    );
    expect(stdout).toBe('fine\n');
    expect(stderr.match(/Read-only file system/g)?.length).toBe(3);
    expect(readFileSync(join(writable, 'yes'), 'utf8')).toBe('d\n');
  });

  it('gives a network of its own with lo only, which is up', async () => {
    const { stdout } = await result(
      ground.launch({
        ...sh('cat /proc/net/dev; cat /proc/net/if_inet6 /proc/net/fib_trie'),
        security: { privateNetwork: true },
      }),
    );
    const names = [...stdout.matchAll(/^ *([\w.@-]+): /gm)].map((match) => match[1]);
    expect(names.filter((name) => !['Main', 'Local'].includes(name ?? ''))).toEqual(['lo']);
    expect(stdout).toMatch(/127\.0\.0\.1/);
  });

  it('gives a tmp of its own in which workdir and command stay visible', async () => {
    const script = join(folder, 'run.sh');
    writeFileSync(script, '#!/bin/sh\nls -A /tmp; pwd; touch /tmp/mine /var/tmp/mine && echo written; ls /tmp/mine\n');
    chmodSync(script, 0o755);
    const { stdout, stderr, code } = await result(
      ground.launch({ command: script, args: [], security: { privateTmp: true }, workdir: folder }),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const name = folder.slice('/tmp/'.length);
    if (folder.startsWith('/tmp/')) expect(stdout).toBe(`${name}\n${folder}\nwritten\n/tmp/mine\n`);
  });

  it('forwards exit codes, and a death by signal as 128 + n', async () => {
    const security = { privateTmp: true };
    expect((await result(ground.launch({ ...sh('exit 7'), security }))).code).toBe(7);
    expect((await result(ground.launch({ ...sh('kill -SEGV $$'), security }))).code).toBe(139);
  });

  it('lets the workload end in its own way when all of the tree is sent SIGTERM', async () => {
    const child = ground.launch({
      ...sh('trap "sleep 0.2; echo bye; exit 3" TERM; echo up; while :; do sleep 0.02; done'),
      security: { privateTmp: true },
    });
    const ended = result(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await ended).toMatchObject({ code: 3, stdout: 'up\nbye\n' });
  });

  it('starts the workload with default signals, and dies with a bubblewrap that is killed', async () => {
    const child = ground.launch({
      ...sh('grep SigIgn /proc/self/status; exec sleep 300'),
      security: { privateTmp: true },
    });
    const text = await new Promise<string>((resolve) => child.stdout?.once('data', (data) => resolve(String(data))));
    expect(status(text, 'SigIgn')).toBe('0000000000000000');
    const inner = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
    await until('the exec', () => readStat(Number(inner))?.name === 'sleep');
    const identity = identify(Number(inner));
    if (identity === undefined) throw new Error('no inner process');
    process.kill(child.pid ?? 0, 'SIGKILL');
    await until('the end of the inner process', () => !isAlive(identity));
  });

  it.runIf(isRoot)('combines with user, capabilities, limits and groups', async () => {
    const group = ground.group();
    group.create();
    group.setLimits({ pids: 60 });
    const { stdout, stderr } = await result(
      ground.launch({
        ...sh('cat /proc/self/status /proc/self/cgroup; ulimit -n; touch /x'),
        user: 'nobody',
        rlimits: { nofile: 99 },
        umask: '022',
        cgroupProcs: group.procsFiles(),
        security: { readOnlyRoot: true, privateNetwork: true, privateTmp: true, capabilities: ['NET_BIND_SERVICE'] },
      }),
    );
    expect(status(stdout, 'Uid')).not.toMatch(/^0/);
    expect(status(stdout, 'CapEff')).toBe('0000000000000400');
    expect(stdout).toMatch(/^99$/m);
    expect(stdout.match(/_load\.1$/gm)?.length).toBe(group.procsFiles().length);
    expect(stderr).toMatch(/Read-only|Permission denied/);
  });
});
