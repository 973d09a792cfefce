import { spawn } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { placeOf } from '../../src/agent/runtime-dir.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Workload } from '../../src/model/workload.ts';
import { DEFAULT_LIFECYCLE } from '../../src/model/workload.ts';
import { detectCgroups, openCgroup } from '../../src/os/cgroup.ts';
import { Group } from '../../src/os/counters/group.ts';
import { readEnviron } from '../../src/os/process.ts';
import type { Finding, KernelPlaces, Made, Provider } from '../../src/providers/contract.ts';
import { buildAgent, eventually, type Ground, ground, killNow, logOf, pidOf } from '../agent/ground.ts';

let agent: Awaited<ReturnType<typeof buildAgent>>;
let here: Ground;
let provider: Provider;
beforeAll(async () => {
  agent = await buildAgent();
});
afterAll(() => rmSync(agent.dir, { recursive: true, force: true }));
beforeEach(() => {
  here = ground(agent.entry);
  provider = here.provider();
});
afterEach(() => here.clear());

const WAITS = 'setInterval(() => {}, 1e6)';
const start = async (id: string, spec: Spec, generation = 1): Promise<Made> => {
  const identity = here.identity(id, generation);
  const created = await provider.create(here.target(id, spec, { identity }), here.context);
  return provider.start(here.target(id, spec, { ...created, identity }), here.context);
};
const read = async (id: string, spec: Spec, made: Made) => {
  const [seen] = await provider.read([here.record(id, spec, made)], here.context);
  if (seen === undefined) throw new Error('nothing read');
  return seen;
};
const workload = (id: string, spec: Spec): Workload => ({
  id,
  kind: 'native',
  provider: 'native',
  dependencies: [],
  desiredState: 'running',
  lifecycle: DEFAULT_LIFECYCLE,
  spec,
});
const check = async (...workloads: Workload[]): Promise<Finding[]> =>
  [...(await provider.check(workloads, here.context)).values()].flat();
const limited = detectCgroups().controllers.has('memory');

describe('reading', () => {
  it('starts no agent and makes no file', async () => {
    expect((await read('a', { native: { command: 'true' } }, { handle: {}, attributes: {} })).status).toBe('gone');
    expect(await provider.find(here.identity('a'), here.context)).toBeUndefined();
    expect(await provider.list({ project: 'test', lineage: here.lineage }, here.context)).toEqual([]);
    await check(workload('a', { native: { command: 'true' } }));
    expect(readdirSync(here.dir)).toEqual([]);
    expect(readdirSync(here.env['XDG_RUNTIME_DIR'] ?? '')).toEqual([]);
  });
});

describe('what is not held', () => {
  it('is refused at plan: an action without a quota, and a throttle of what cannot be throttled', async () => {
    const told = async (resources: Spec['resources']): Promise<unknown[]> =>
      (await check(workload('a', { native: { command: 'true' }, resources: resources ?? {} })))
        .filter(({ path }) => path?.startsWith('/resources/enforcement'))
        .map(({ severity, path }) => [severity, path]);
    expect(await told({ enforcement: { cpu: { action: 'KILL' } } })).toEqual([['error', '/resources/enforcement/cpu']]);
    expect(
      await told({ cpu: 1, disk: 1, enforcement: { cpu: { action: 'THROTTLE' }, disk: { action: 'KILL' } } }),
    ).toEqual([]);
    expect(await told({ disk: 1, enforcement: { disk: { action: 'THROTTLE' } } })).toEqual([
      ['error', '/resources/enforcement/disk'],
    ]);
    expect(await told({ maxProcesses: 20, enforcement: { threads: { action: 'THROTTLE' } } })).toEqual([
      ['error', '/resources/enforcement/threads'],
    ]);
    const memory = await told({ memory: 1 << 30, enforcement: { memory: { action: 'THROTTLE' } } });
    expect(memory).toEqual(detectCgroups().version === 'v2' ? [] : [['error', '/resources/enforcement/memory']]);
  });
});

describe('drift', () => {
  it('is a program that was changed on disk, until it is started anew', async () => {
    const copy = join(here.dir, 'my-sleep');
    copyFileSync('/bin/sleep', copy);
    chmodSync(copy, 0o755);
    const spec: Spec = { native: { command: './my-sleep', args: ['1000'] } };
    const made = await start('a', spec);
    expect((await read('a', spec, made)).fields).toEqual({});
    rmSync(copy);
    expect((await read('a', spec, made)).fields['/native/command']).toBe(
      './my-sleep (its file is gone since it was started)',
    );
    copyFileSync('/bin/sleep', copy);
    chmodSync(copy, 0o755);
    appendFileSync(copy, ' ');
    const seen = await read('a', spec, made);
    expect(seen.fields).toEqual({ '/native/command': './my-sleep (changed on disk since it was started)' });
    expect(seen.detail).toBe('changed on disk since it was started');
    await provider.stop(here.target('a', spec, made), here.context);
    const again = await provider.start(here.target('a', spec, made), here.context);
    expect((await read('a', spec, again)).fields).toEqual({});
  });

  it('is a start that another run asked for', async () => {
    const spec = here.script('stay.mjs', WAITS);
    const made = await start('a', spec);
    const other = here.provider();
    await other.stop(here.target('a', spec, made), here.context);
    await other.start(here.target('a', spec, made), here.context);
    const seen = await read('a', spec, made);
    expect(seen.status).toBe('running');
    expect(seen.detail).toBe('restarted by somebody else');
    expect(seen.handle).not.toEqual(made.handle);
  });

  it.runIf(limited)('is a limit that somebody changed or lifted behind our back', async () => {
    const spec = here.script('stay.mjs', WAITS, { resources: { memory: 100_000_000, cpu: 1 / 3, maxProcesses: 99 } });
    const made = await start('a', spec);
    expect((await read('a', spec, made)).fields).toEqual({
      '/resources/memory': 100_000_000,
      '/resources/cpu': 1 / 3,
      '/resources/maxProcesses': 99,
    });
    openCgroup(detectCgroups(), ['pj', here.lineage, `a@1+${placeOf(here.dir)}`]).setLimits({
      memory: 64 * 1024 * 1024,
      cpu: null,
    });
    const seen = await read('a', spec, made);
    expect(seen.fields['/resources/memory']).toBe(64 * 1024 * 1024);
    expect(seen.fields['/resources/cpu']).toBeNull();
    await provider.update(here.target('a', spec, made), ['/resources/memory'], here.context);
    expect((await read('a', spec, made)).fields['/resources/memory']).toBe(100_000_000);
  });
});

describe('the environment of a process', () => {
  it('is what a login gives, its own, and the mark; nothing else of whoever ran pj', async () => {
    const rich = here.provider({ env: { SECRET_OF_PJ: 'x', LANG: 'C.UTF-8', LC_TIME: 'C' } });
    const spec = here.script('stay.mjs', WAITS, { env: { A: '1' }, properties: { B: '2', A: 'hidden by env' } });
    const created = await rich.create(here.target('a', spec), here.context);
    const made = await rich.start(here.target('a', spec, created), here.context);
    const env = readEnviron(pidOf(made.attributes));
    expect(env).toMatchObject({ A: '1', B: '2', LANG: 'C.UTF-8', LC_TIME: 'C', HOME: here.env['HOME'] });
    expect(env['PJ_IDENTITY']).toMatch(new RegExp(`^${here.lineage}/a/1/${placeOf(here.dir)}[0-9a-f]{24}$`));
    expect(env).not.toHaveProperty('SECRET_OF_PJ');
  });

  it.runIf(process.geteuid?.() === 0)('is that of its user', async () => {
    const spec: Spec = { native: { command: 'sleep', args: ['1000'], user: 'nobody', umask: '027' } };
    const made = await start('a', spec);
    const pid = pidOf(made.attributes);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/Uid:\s+65534/);
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/Umask:\s+0027/);
    expect(readEnviron(pid)).toMatchObject({ USER: 'nobody', LOGNAME: 'nobody' });
  });
});

describe('volumes', () => {
  const spec = (): Spec =>
    here.script(
      'stay.mjs',
      `import { writeFileSync } from 'node:fs'; for (const n of ['DATA', 'MY_CACHE']) writeFileSync(process.env['PJ_VOLUME_' + n] + '/f', n); console.log('up'); ${WAITS}`,
      {
        volumes: [
          { name: 'data', path: 'data', type: 'persistent' },
          { name: 'my-cache', path: 'cache', type: 'ephemeral' },
        ],
      },
    );

  it('are folders that the process is told of, linked into its working directory', async () => {
    const one = spec();
    const made = await start('a', one);
    await eventually('it is up', () => logOf(here.dir, 'a') === 'up\n');
    expect(readFileSync(join(here.dir, 'data', 'f'), 'utf8')).toBe('DATA');
    expect(readFileSync(join(here.dir, 'cache', 'f'), 'utf8')).toBe('MY_CACHE');
    await provider.destroy(here.target('a', one, made), { destroyVolumes: false }, here.context);
    expect(readdirSync(join(here.dir, '.pj', 'volumes'))).toEqual(['a']);
    expect(readFileSync(join(here.dir, '.pj', 'volumes', 'a', 'data', 'f'), 'utf8')).toBe('DATA');
    expect(lstatSync(join(here.dir, 'data'), { throwIfNoEntry: false })).toBeUndefined();
    const again = await start('a', one);
    expect(readFileSync(join(here.dir, 'data', 'f'), 'utf8')).toBe('DATA');
    await provider.destroy(here.target('a', one, again), { destroyVolumes: true }, here.context);
    expect(existsSync(join(here.dir, '.pj', 'volumes'))).toBe(false);
  });

  it('of two generations side by side do not take each other’s data', async () => {
    const one = spec();
    const old = await start('a', one);
    await eventually('it is up', () => logOf(here.dir, 'a') === 'up\n');
    await start('a', one, 2);
    await eventually('both are up', () => logOf(here.dir, 'a') === 'up\nup\n');
    await provider.destroy(here.target('a', one, old), { destroyVolumes: true }, here.context);
    expect(readFileSync(join(here.dir, 'data', 'f'), 'utf8')).toBe('DATA');
    expect(readFileSync(join(here.dir, 'cache', 'f'), 'utf8')).toBe('MY_CACHE');
  });

  it('never take the place of something else', async () => {
    const one = spec();
    mkdirSync(join(here.dir, 'data'));
    writeFileSync(join(here.dir, 'data', 'precious'), '1');
    await expect(start('a', one)).rejects.toThrow('something else stands at');
    await provider.destroy(here.target('a', one), { destroyVolumes: true }, here.context);
    expect(readFileSync(join(here.dir, 'data', 'precious'), 'utf8')).toBe('1');
  });
});

describe('logs', () => {
  it('are told by stream, from the beginning or the end, and followed', async () => {
    const spec = here.script(
      'say.mjs',
      `console.log('one'); console.error('two'); console.log('three');
      process.on('SIGUSR2', () => console.log('four')); ${WAITS}`,
    );
    const made = await start('a', spec);
    const record = here.record('a', spec, made);
    await eventually('it has spoken', () => logOf(here.dir, 'a') === 'one\nthree\n');
    const all: string[] = [];
    for await (const line of provider.logs?.(record, { follow: false }, here.context) ?? []) {
      all.push(`${line.workload} ${line.stream} ${line.text}`);
    }
    expect(all.sort()).toEqual(['a stderr two', 'a stdout one', 'a stdout three']);
    const stop = new AbortController();
    const followed: string[] = [];
    const context = { ...here.context, signal: stop.signal };
    const following = (async () => {
      for await (const line of provider.logs?.(record, { follow: true, tail: 0 }, context) ?? [])
        followed.push(line.text);
    })();
    await eventually('the new line', () => {
      process.kill(pidOf(made.attributes), 'SIGUSR2');
      return followed.includes('four');
    });
    stop.abort();
    await following;
  });

  it('are rotated by the agent while they are written, and no line is lost', async () => {
    const spec = here.script(
      'flood.mjs',
      `let n = 0; const t = setInterval(() => { for (let i = 0; i < 50; i++) console.log('line', ++n); if (n >= 10000) { clearInterval(t); ${WAITS} } }, 10)`,
      {
        native: {
          command: process.execPath,
          args: [join(here.dir, 'flood.mjs')],
          logs: { maxSize: 20_000, maxFiles: 50 },
        },
      },
    );
    const made = await start('a', spec);
    await eventually('a rotation', () => existsSync(join(here.dir, '.pj', 'logs', 'a.out.log.1')), 60_000);
    const record = here.record('a', spec, made);
    await eventually(
      'all lines',
      async () => {
        const lines: string[] = [];
        for await (const line of provider.logs?.(record, { follow: false }, here.context) ?? []) lines.push(line.text);
        if (lines.at(-1) !== 'line 10000') return false;
        expect(lines).toEqual(Array.from({ length: 10_000 }, (_, i) => `line ${i + 1}`));
        return true;
      },
      60_000,
    );
  });
});

describe('sampling', () => {
  it('tells cores, memory, processes and threads', async () => {
    const spec = here.script('busy.mjs', 'for (;;);');
    const made = await start('a', spec);
    const record = { ...here.record('a', spec, made), id: 'a' };
    const usage = await eventually('use', async () => {
      const [one] = (await provider.sample?.([record], here.context)) ?? [];
      return (one?.cpu ?? 0) > 0.05 ? one : undefined;
    });
    expect(usage).toMatchObject({ id: 'a', processes: 1 });
    expect(usage.cpu).toBeLessThan(3);
    expect(usage.memory).toBeGreaterThan(1e6);
    expect(usage.threads).toBeGreaterThan(1);
  });

  it('says where the kernel counts it', async () => {
    if (!detectCgroups().writable) return;
    const spec = here.script('busy.mjs', 'for (;;);');
    const made = await start('a', spec);
    const [places] = (await provider.places?.([here.record('a', spec, made)], here.context)) ?? [];
    expect(places?.id).toBe('a');
    const group = new Group(places as KernelPlaces, { left: 50 });
    try {
      await eventually('use', async () => ((group.read()?.cpuSeconds ?? 0) > 0.1 ? true : undefined));
      expect(group.read()).toMatchObject({ processes: 1, startedAt: expect.any(String) });
      expect(group.read()?.workingSet).toBeGreaterThan(1e6);
      expect(group.read()?.threads).toBeGreaterThan(1);
    } finally {
      group.close();
    }
  });
});

describe('a rename', () => {
  it('keeps what runs, and its volumes and logs follow at the next start', async () => {
    const spec = here.script('stay.mjs', `console.log('up'); ${WAITS}`, {
      volumes: [{ name: 'data', path: 'data', type: 'persistent' }],
    });
    const made = await start('old', spec);
    await eventually('it is up', () => logOf(here.dir, 'old') === 'up\n');
    writeFileSync(join(here.dir, 'data', 'f'), 'kept');
    const renamed = here.target('new', spec, { handle: made.handle });
    expect((await read('new', spec, made)).status).toBe('running');
    const same = await provider.start(renamed, here.context);
    expect(same.attributes['pid']).toBe(made.attributes['pid']);
    expect(await provider.find(here.identity('old'), here.context)).toBeUndefined();
    await provider.stop(renamed, here.context);
    expect(here.marked()).toEqual([]);
    await provider.start(renamed, here.context);
    await eventually('it is up again', () => logOf(here.dir, 'new') === 'up\nup\n');
    expect(readFileSync(join(here.dir, 'data', 'f'), 'utf8')).toBe('kept');
    await provider.destroy(renamed, { destroyVolumes: true }, here.context);
    expect(here.marked()).toEqual([]);
    expect(here.cgroups()).toEqual([]);
  });
});

describe('taking over a running process', () => {
  const stranger = async (): Promise<number> => {
    const child = spawn('sleep', ['1000'], {
      stdio: 'ignore',
      detached: true,
      cwd: here.dir,
      env: { PATH: '/usr/bin', A: '1' },
    });
    await new Promise((resolve) => child.once('spawn', resolve));
    return child.pid ?? 0;
  };

  it('describes it, watches it, and stops it', async () => {
    const pid = await stranger();
    try {
      const { spec, made } = (await provider.adopt?.(
        {
          identity: here.identity('a'),
          engineId: String(pid),
          spec: { env: { A: '1', B: '2' }, restart: { policy: 'no' }, native: { command: 'sleep' } },
        },
        here.context,
      )) ?? { spec: {}, made: { handle: {}, attributes: {} } };
      expect(spec).toEqual({
        env: { A: '1' },
        restart: { policy: 'no' },
        native: { command: 'sleep', args: ['1000'] },
      });
      const seen = await read('a', spec, made);
      expect([seen.status, seen.attributes['pid'], seen.fields]).toEqual(['running', pid, {}]);
      await provider.stop(here.target('a', spec, made), here.context);
      expect((await read('a', spec, made)).status).toBe('stopped');
    } finally {
      killNow(pid);
    }
  });

  it('writes down no argument that nobody has called harmless', async () => {
    const pid = await stranger();
    try {
      const adopted = await provider.adopt?.(
        { identity: here.identity('a'), engineId: String(pid), spec: undefined },
        here.context,
      );
      expect(adopted?.spec).toEqual({ native: { command: '/usr/bin/sleep' } });
      const text = readFileSync(join(here.dir, '.pj', 'agent', 'a@1.json'), 'utf8');
      expect(text).not.toContain('1000');
    } finally {
      killNow(pid);
    }
  });

  it.each(['0', '1', 'abc', '4194305'])('refuses %s', async (engineId) => {
    const call = provider.adopt?.({ identity: here.identity('a'), engineId, spec: undefined }, here.context);
    await expect(call).rejects.toThrow(/cannot be taken over as a/);
  });

  it('refuses one that pj runs already', async () => {
    const made = await start('b', here.script('stay.mjs', WAITS));
    const call = provider.adopt?.(
      { identity: here.identity('a'), engineId: String(made.attributes['pid']), spec: undefined },
      here.context,
    );
    await expect(call).rejects.toThrow(/it is b already/);
  });
});

describe('the check at plan', () => {
  it('finds what cannot be started', async () => {
    writeFileSync(join(here.dir, 'plain.txt'), '');
    const findings = await check(
      workload('a', { native: { command: 'no-such-program-here' } }),
      workload('b', { native: { command: './plain.txt' } }),
      workload('c', { native: { command: 'true', workdir: 'nowhere' } }),
      workload('d', { env: { PJ_IDENTITY: 'x', 'A=B': '' }, native: { command: 'true' } }),
      workload('e', { native: { command: 'true', user: 'no-such-user' } }),
    );
    expect(findings.map(({ severity, path }) => `${severity} ${path}`)).toEqual([
      'error /native/command',
      'error /native/command',
      'error /native/workdir',
      'error /env/PJ_IDENTITY',
      'error /env/A=B',
      'error /native/user',
    ]);
  });

  it('leaves alone what a template decides', async () => {
    const leaf = { $template: { parts: [{ workload: 'w', attribute: 'x' }], sensitive: false } } as unknown as string;
    expect(
      await check(workload('a', { env: { PATH: leaf }, native: { command: leaf, workdir: leaf, args: [leaf] } })),
    ).toEqual([]);
  });

  it('warns of more than the host has, and refuses volumes that a process cannot have', async () => {
    const findings = await check(
      workload('a', {
        resources: { memory: 2 ** 60, disk: 1 },
        volumes: [
          { path: '/data', type: 'persistent' },
          { path: '../out', type: 'ephemeral' },
          { path: 't', type: 'tmpfs' },
          { path: 'b', type: 'bind', source: 'not-there' },
          { path: 'same', type: 'ephemeral' },
        ],
        native: { command: 'true' },
      }),
      workload('b', { volumes: [{ path: 'same', type: 'ephemeral' }], native: { command: 'true' } }),
    );
    const errors = findings.filter(({ severity }) => severity === 'error').map(({ path }) => path);
    expect(errors).toEqual([
      '/volumes/0/path',
      '/volumes/1/path',
      '/volumes/2/type',
      '/volumes/3/source',
      '/volumes/0/path',
    ]);
    expect(findings.some(({ severity, path }) => severity === 'warning' && path === '/resources/memory')).toBe(true);
    expect(findings.some(({ severity, path }) => severity === 'warning' && path === '/resources/disk')).toBe(true);
  });
});
