import { spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentStatus, reviveAgent, stopAgent } from '../../src/agent/control.ts';
import { readEntryFile } from '../../src/agent/entry-file.ts';
import { runtimeDir } from '../../src/agent/runtime-dir.ts';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { isAlive } from '../../src/os/identity.ts';
import { readStat } from '../../src/os/process.ts';
import type { Made, Provider } from '../../src/providers/contract.ts';
import { nativeProvider } from '../../src/providers/native/index.ts';
import { buildAgent, eventually, type Ground, ground, killNow, logOf, pidOf, randomName } from './ground.ts';

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

const SLEEP: Spec = { native: { command: 'sleep', args: ['100000'] } };
const start = async (id: string, spec: Spec, by = provider): Promise<Made> => {
  const created = await by.create(here.target(id, spec), here.context);
  return by.start(here.target(id, spec, created), here.context);
};
const read = async (id: string, spec: Spec, made: Made, by = provider) => {
  const [seen] = await by.read([here.record(id, spec, made)], here.context);
  if (seen === undefined) throw new Error('nothing read');
  return seen;
};
const killAgent = async () => {
  killNow(await eventually('an agent', () => here.agentPid()));
  await eventually('it is dead', () => here.agentPid() === undefined);
};
const caller = () => ({ project: here.dir, env: here.env, version: '0.0.0-test', agentEntry: agent.entry });
const place = () => runtimeDir(here.dir, here.env, process.geteuid?.() ?? 0);
const agentLog = () => logOf(here.dir, 'agent').length + readFileSync(join(here.dir, '.pj/logs/agent.log'), 'utf8');
const entryFile = (id: string) => join(here.dir, '.pj', 'agent', `${id}@1.json`);

/** Starts the agent by hand, as a caller would that has `fds` open and another umask. */
const startByHand = async (stdio: ('ignore' | number)[], umask = '0022') => {
  const child = spawn(
    'sh',
    ['-c', `umask ${umask}; exec "$@"`, 'sh', process.execPath, agent.entry, '--project', here.dir, '--idle', '60'],
    { env: here.env, stdio, detached: true },
  );
  child.unref();
  await eventually('it listens', async () => (await agentStatus(caller())).running);
};

describe('what a workload starts with', () => {
  it('is the same whoever started the agent: no foreign files, default signals, umask 022, no terminal', async () => {
    const foreign = openSync(join(here.dir, 'lock'), 'w');
    try {
      // So high that Node does not close it by itself.
      await startByHand(['ignore', 'ignore', 'ignore', ...Array<'ignore'>(30).fill('ignore'), foreign], '0077');
    } finally {
      closeSync(foreign);
    }
    const pid = pidOf((await start('a', SLEEP)).attributes);
    const fds = readdirSync(`/proc/${pid}/fd`).map((fd) => [fd, readlinkSync(`/proc/${pid}/fd/${fd}`)]);
    expect(fds).toEqual([
      ['0', '/dev/null'],
      ['1', join(here.dir, '.pj/logs/a.out.log')],
      ['2', join(here.dir, '.pj/logs/a.err.log')],
    ]);
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    for (const name of ['SigIgn', 'SigBlk']) expect(status).toMatch(new RegExp(`^${name}:\\s+0{16}$`, 'm'));
    expect(status).toMatch(/^Umask:\s+0022$/m);
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    const [, , group, session, terminal] = fields;
    expect([group, session, terminal]).toEqual([String(pid), String(pid), '0']);
    // Nor does the agent hold the caller's file, or its folder.
    const own = here.agentPid() ?? 0;
    const open = readdirSync(`/proc/${own}/fd`).map((fd) => readlinkSync(`/proc/${own}/fd/${fd}`));
    expect(open).not.toContain(join(here.dir, 'lock'));
  });
});

describe('an agent whose surroundings fail', () => {
  it('goes on when its log cannot be written', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      await startByHand(['ignore', full, full]);
    } finally {
      closeSync(full);
    }
    const pid = here.agentPid();
    const spec = { ...SLEEP, restart: { delay: 0.01 } };
    const made = await start('a', spec);
    killNow(pidOf(made.attributes));
    const back = await eventually('it is back', async () => {
      const now = await read('a', spec, made);
      return now.status === 'running' && pidOf(now.attributes) !== pidOf(made.attributes) ? now : undefined;
    });
    expect([back.restarts, here.agentPid()]).toEqual([1, pid]);
  });

  it('is reached again when somebody removes its socket', async () => {
    const made = await start('a', SLEEP);
    const pid = here.agentPid();
    rmSync(place().dir, { recursive: true });
    await eventually('it listens again', () => existsSync(place().socket));
    expect((await read('a', SLEEP, made, here.provider())).detail).toBeUndefined();
    expect((await agentStatus(caller())).running).toBe(true);
    expect(here.agentPid()).toBe(pid);
  });

  it('can be stopped when it does not answer, and its workloads run on', async () => {
    const made = await start('a', SLEEP);
    rmSync(place().socket);
    process.kill(here.agentPid() ?? 0, 'SIGSTOP');
    expect(await stopAgent(caller())).toEqual({ stopped: true, left: ['a@1'] });
    expect(here.agentPid()).toBeUndefined();
    expect((await read('a', SLEEP, made, here.provider())).detail).toBe('no agent watches it');
  }, 180_000);

  it('is not kept from coming up by a damaged entry, whatever is missing in it', async () => {
    const made = await start('a', SLEEP);
    const other = await start('b', SLEEP);
    await killAgent();
    const entry: Record<string, unknown> = { ...readEntryFile(entryFile('a')) };
    for (const field of ['home', 'process', 'phase', 'lastExit', 'base']) {
      const { [field]: _, ...damaged } = entry;
      writeFileSync(entryFile('a'), JSON.stringify(damaged));
      await reviveAgent(caller());
      expect((await read('b', SLEEP, other)).status).toBe('running');
      expect(agentLog()).toContain(`its field ${field} is missing`);
      await killAgent();
    }
    // The next start makes a new entry, and ends what the lost one knew of.
    const again = await start('a', SLEEP);
    expect(pidOf(again.attributes)).not.toBe(pidOf(made.attributes));
    if (detectCgroups().writable) expect([undefined, 'Z']).toContain(readStat(pidOf(made.attributes))?.state);
  });
});

describe('a project’s folder', () => {
  it('that is copied does not take the workloads of the first with it', async () => {
    const made = await start('a', SLEEP);
    const pid = pidOf(made.attributes);
    const copy = `${here.dir}-copy`;
    cpSync(here.dir, copy, { recursive: true, filter: (path) => !path.includes('/lock-') });
    rmSync(join(copy, '.pj/agent/address.json'), { force: true });
    const options = { dir: copy, project: 'test', env: here.env, pjVersion: '0', agentEntry: agent.entry };
    const second = nativeProvider(options);
    try {
      // The copy of the state names an instance that is not the copy's own.
      expect((await read('a', SLEEP, made, second)).status).toBe('gone');
      const own = await start('a', SLEEP, second);
      expect(pidOf(own.attributes)).not.toBe(pid);
      const orphans = async (by: Provider) =>
        (await by.list({ project: 'test', lineage: here.lineage }, here.context)).filter(({ found }) => !found.whole);
      expect([await orphans(second), await orphans(provider)]).toEqual([[], []]);
      // A new agent of either folder ends nothing of the other's.
      for (const dir of [copy, here.dir]) {
        await stopAgent({ ...caller(), project: dir });
        await reviveAgent({ ...caller(), project: dir });
      }
      await second.destroy(here.target('a', SLEEP, own), { destroyVolumes: true }, here.context);
      const seen = await read('a', SLEEP, made, here.provider());
      expect([seen.status, pidOf(seen.attributes)]).toEqual(['running', pid]);
    } finally {
      await second.close?.();
      await stopAgent({ ...caller(), project: copy });
    }
  });

  it('that is moved takes its workloads with it', async () => {
    const spec: Spec = { ...SLEEP, volumes: [{ name: 'data', path: 'data', type: 'persistent' }] };
    const made = await start('a', spec);
    const before = here.agentPid() ?? 0;
    const moved = `${here.dir}-moved`;
    renameSync(here.dir, moved);
    try {
      await eventually('its agent gives up', () => readStat(before) === undefined, 25_000);
      expect(existsSync(here.dir)).toBe(false);
      const second = nativeProvider({
        ...{ dir: moved, project: 'test', env: here.env, pjVersion: '0', agentEntry: agent.entry },
      });
      const seen = await read('a', spec, made, second);
      expect([seen.status, pidOf(seen.attributes)]).toEqual(['running', pidOf(made.attributes)]);
      expect(await reviveAgent({ ...caller(), project: moved })).toEqual(['a@1']);
      await second.stop(here.target('a', spec, made), here.context);
      expect(here.marked()).toEqual([]);
      const again = await second.start(here.target('a', spec, made), here.context);
      expect((await read('a', spec, again, second)).status).toBe('running');
      expect(readlinkSync(join(moved, 'data'))).toBe(join(moved, '.pj/volumes/a/data'));
      await second.destroy(here.target('a', spec, again), { destroyVolumes: true }, here.context);
      expect(here.cgroups()).toEqual([]);
      await second.close?.();
      await stopAgent({ ...caller(), project: moved });
    } finally {
      renameSync(moved, here.dir);
    }
  });
});

describe('sensitive values that are not in the environment', () => {
  it('are not written down when a start fails on them, nor where they name a file or a folder', async () => {
    const canary = randomName('canary');
    const leaf = { $sensitive: { parts: [{ env: 'WHERE' }], digest: 'd' } } as unknown as string;
    const leaks = () =>
      readdirSync(join(here.dir, '.pj'), { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && readFileSync(join(file.parentPath, file.name), 'utf8').includes(canary))
        .map((file) => file.name);
    const bad: [Spec, Spec][] = [
      [{ native: { command: `/nowhere/${canary}` } }, { native: { command: leaf } }],
      [{ native: { command: 'sleep', workdir: `/x/${canary}` } }, { native: { command: 'sleep', workdir: leaf } }],
      [
        { native: { command: 'sleep', args: ['1'], rlimits: { nofile: 2 ** 40 }, workdir: `/tmp/../${canary}` } },
        { native: { command: 'sleep', args: ['1'], rlimits: { nofile: 2 ** 40 }, workdir: leaf } },
      ],
    ];
    for (const [spec, stored] of bad) {
      const target = here.target('a', spec, { stored });
      const created = await provider.create(target, here.context);
      const error = await provider.start({ ...target, ...created }, here.context).catch((thrown: Error) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toContain(canary);
      expect(leaks()).toEqual([]);
    }
    const script = join(here.dir, canary);
    writeFileSync(script, '#!/bin/sh\nexec sleep 100000', { mode: 0o755 });
    const target = here.target('b', { native: { command: script } }, { stored: { native: { command: leaf } } });
    await provider.start({ ...target, ...(await provider.create(target, here.context)) }, here.context);
    expect(leaks()).toEqual([]);
  });
});

describe('one start', () => {
  it('is made once, however often the agent is asked for it by the same name', async () => {
    const spec: Spec = { native: { command: 'sh', args: ['-c', 'echo ran'], type: 'job' } };
    const { connectAgent } = await import('../../src/agent/client.ts');
    const created = await provider.create(here.target('job', spec), here.context);
    const there = await connectAgent(caller());
    if (there === undefined) throw new Error('no agent');
    const { identity, specDigest } = here.target('job', spec);
    const call = { identity, spec, stored: spec, specDigest, base: here.env, run: randomName('run') };
    await there.client.call('start', call);
    await eventually('it is done', async () => (await read('job', spec, created)).status === 'completed');
    const again = await there.client.call('start', call);
    expect(again.entry.phase).toBe('completed');
    there.client.close();
    // A start of another name is another one.
    await provider.start(here.target('job', spec, created), here.context);
    await eventually('it ran again', () => logOf(here.dir, 'job') === 'ran\nran\n');
  });
});

describe('pauses and grace periods', () => {
  it('longer than Node’s timers can wait do not end at once', async () => {
    const spec: Spec = {
      native: { command: 'sh', args: ['-c', 'echo ran; exit 1'] },
      restart: { policy: 'always', delay: 4e6, maxDelay: 4e6 },
    };
    const made = await start('a', spec);
    await eventually('it waits', async () => (await read('a', spec, made)).detail?.includes('starts it again'));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(logOf(here.dir, 'a')).toBe('ran\n');
    const polite = here.script(
      'polite.mjs',
      `process.on('SIGTERM', () => setTimeout(() => process.exit(0), 100)); console.log('up'); setInterval(() => {}, 1e6)`,
      {
        stop: { gracePeriod: 4e6 },
      },
    );
    const other = await start('b', polite);
    await eventually('it is up', () => logOf(here.dir, 'b') === 'up\n');
    await provider.stop(here.target('b', polite, other), here.context);
    expect((await read('b', polite, other)).status).toBe('stopped');
  });

  it('of 0 s end it at once', async () => {
    const spec = here.script(
      'deaf.mjs',
      `process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1e6)`,
      {
        stop: { gracePeriod: 0 },
      },
    );
    const made = await start('a', spec);
    await eventually('it is up', () => logOf(here.dir, 'a') === 'up\n');
    const before = Date.now();
    await provider.stop(here.target('a', spec, made), here.context);
    // The default is 10 s.
    expect(Date.now() - before).toBeLessThan(9_000);
    expect(here.marked()).toEqual([]);
  });
});

describe('a stop command', () => {
  const deaf = (more: Spec): Spec =>
    here.script(
      'deaf.mjs',
      `process.on('SIGTERM', () => process.exit(0)); console.log('up'); setInterval(() => {}, 1e6)`,
      more,
    );
  it.each([
    ['that hangs', ['sleep', '1000'], 0.5],
    ['that fails', ['false'], 120],
    ['that is not there', ['./no-such-command'], 120],
  ] as [string, string[], number][])('%s is followed by the signal', async (_, stopCommand, gracePeriod) => {
    const plain = deaf({ stop: { gracePeriod } });
    const spec: Spec = { ...plain, native: { ...(plain.native ?? { command: '' }), stopCommand } };
    const made = await start('a', spec);
    await eventually('it is up', () => logOf(here.dir, 'a') === 'up\n');
    const before = Date.now();
    await provider.stop(here.target('a', spec, made), here.context);
    expect(Date.now() - before).toBeLessThan(60_000);
    expect((await read('a', spec, made)).status).toBe('stopped');
    expect(agentLog()).toContain('the stop command failed');
  });

  it('is looked for in the project, as the command is, whatever the working directory', async () => {
    writeFileSync(join(here.dir, 'stop.sh'), '#!/bin/sh\nkill -KILL $PJ_PID', { mode: 0o755 });
    const spec: Spec = { native: { command: 'sleep', args: ['100000'], workdir: '/', stopCommand: ['./stop.sh'] } };
    const made = await start('a', spec);
    await provider.stop(here.target('a', spec, made), here.context);
    expect(agentLog()).not.toContain('the stop command failed');
    expect(here.marked()).toEqual([]);
  });
});

describe('taking over', () => {
  it('refuses a process that is another workload’s, even of another project', async () => {
    const other = ground(agent.entry);
    try {
      const by = other.provider();
      const target = other.target('theirs', SLEEP);
      const made = await by.start({ ...target, ...(await by.create(target, other.context)) }, other.context);
      const taking = provider.adopt?.(
        { identity: here.identity('mine'), engineId: String(pidOf(made.attributes)), spec: SLEEP },
        here.context,
      );
      await expect(taking).rejects.toThrow(/belongs to the workload theirs of another project/);
      const entry = readEntryFile(join(other.dir, '.pj/agent/theirs@1.json'));
      expect(entry.process !== null && isAlive(entry.process)).toBe(true);
    } finally {
      await other.clear();
    }
  });
});
