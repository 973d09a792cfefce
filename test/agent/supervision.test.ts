import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Spec } from '../../src/model/spec.ts';
import { detectCgroups } from '../../src/os/cgroup.ts';
import { readStat } from '../../src/os/process.ts';
import type { Made, Provider } from '../../src/providers/contract.ts';
import { buildAgent, eventually, type Ground, ground, killNow, logOf, pidOf } from './ground.ts';

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

const start = async (id: string, spec: Spec): Promise<Made> => {
  const created = await provider.create(here.target(id, spec), here.context);
  return provider.start(here.target(id, spec, created), here.context);
};
const read = async (id: string, spec: Spec, made: Made) => {
  const [seen] = await provider.read([here.record(id, spec, made)], here.context);
  if (seen === undefined) throw new Error('nothing read');
  return seen;
};
const isGone = (pid: number) => [undefined, 'Z'].includes(readStat(pid)?.state);

describe('a service that ends', () => {
  it('is restarted with growing pauses and given up after maxAttempts', async () => {
    const spec = here.script('crash.mjs', `console.log('run', Date.now()); process.exit(3)`, {
      restart: { policy: 'on-failure', delay: 0.05, maxDelay: 1, maxAttempts: 3 },
    });
    const made = await start('crasher', spec);
    const seen = await eventually('it is given up', async () => {
      const now = await read('crasher', spec, made);
      return now.detail?.includes('given up') ? now : undefined;
    });
    expect(seen.status).toBe('dead');
    expect(seen.detail).toBe('exited 3; given up after 3 restarts');
    expect(seen.restarts).toBe(3);
    expect(seen.handle).toEqual(made.handle);
    const runs = [...logOf(here.dir, 'crasher').matchAll(/run (\d+)/g)].map((match) => Number(match[1]));
    expect(runs).toHaveLength(4);
    const [first, second, third] = runs.slice(1).map((at, i) => at - (runs[i] ?? 0));
    expect(first).toBeGreaterThanOrEqual(37);
    expect(second).toBeGreaterThanOrEqual(75);
    expect(third).toBeGreaterThanOrEqual(150);
  });

  it('is told as dead while it waits for its next start, and starting it now works', async () => {
    const spec = here.script(
      'once.mjs',
      `import { existsSync, writeFileSync } from 'node:fs';
      if (existsSync('flag')) setInterval(() => {}, 1e6); else { writeFileSync('flag', ''); process.exit(1); }`,
      {
        restart: { policy: 'always', delay: 60, maxDelay: 60 },
      },
    );
    const made = await start('sleepy', spec);
    const seen = await eventually('the pause', async () => {
      const now = await read('sleepy', spec, made);
      return now.status === 'dead' ? now : undefined;
    });
    expect(seen.detail).toMatch(/^exited 1; the agent starts it again at .* \(restart 1 of 5\)$/);
    const again = await provider.start(here.target('sleepy', spec, made), here.context);
    expect((await read('sleepy', spec, again)).status).toBe('running');
    expect((await read('sleepy', spec, again)).restarts).toBe(0);
  });

  it('is not restarted once it was asked to stop', async () => {
    const spec = here.script('crash.mjs', 'process.exit(3)', {
      restart: { policy: 'always', delay: 0.3, maxAttempts: 0 },
    });
    const made = await start('stopped', spec);
    await eventually('it has ended', async () => (await read('stopped', spec, made)).status === 'dead');
    await provider.stop(here.target('stopped', spec, made), here.context);
    expect((await read('stopped', spec, made)).status).toBe('stopped');
    const runs = logOf(here.dir, 'agent').length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await read('stopped', spec, made)).status).toBe('stopped');
    expect(runs).toBe(logOf(here.dir, 'agent').length);
    expect(here.marked()).toEqual([]);
  });

  it('that ended well by itself counts as dead, since a service should go on', async () => {
    const spec = here.script('bye.mjs', '', { restart: { policy: 'on-failure' } });
    const made = await start('bye', spec);
    const seen = await eventually('it ended', async () => {
      const now = await read('bye', spec, made);
      return now.status === 'dead' ? now : undefined;
    });
    expect(seen.detail).toBe('exited 0');
  });

  it('takes what it left in the background with it', async () => {
    const spec = here.script(
      'parent.mjs',
      `import { spawn } from 'node:child_process';
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { detached: true, stdio: 'ignore' });
      child.unref(); console.log(child.pid); setTimeout(() => process.exit(1), 200);`,
      { restart: { policy: 'no' } },
    );
    const made = await start('parent', spec);
    const child = await eventually('the child', () => Number(logOf(here.dir, 'parent')) || undefined);
    await eventually('it ended', async () => (await read('parent', spec, made)).status === 'dead');
    await eventually('the child ended', () => isGone(child));
  });
});

describe('a job', () => {
  it('is completed when it ends with success, and is not run again by a second start', async () => {
    const spec = here.script('job.mjs', `console.log('done')`, {
      native: { command: process.execPath, type: 'job', args: [join(here.dir, 'job.mjs')] },
    });
    const made = await start('job', spec);
    await eventually('it is done', async () => (await read('job', spec, made)).status === 'completed');
    await provider.stop(here.target('job', spec, made), here.context);
    expect((await read('job', spec, made)).status).toBe('completed');
    expect(logOf(here.dir, 'job')).toBe('done\n');
    expect(here.cgroups()).toEqual([]);
  });

  it('is dead with its exit code when it fails', async () => {
    const spec: Spec = { native: { command: 'sh', args: ['-c', 'echo bad >&2; exit 7'], type: 'job' } };
    const made = await start('job', spec);
    await eventually('it is dead', async () => (await read('job', spec, made)).detail === 'exited 7');
    expect(logOf(here.dir, 'job', 'err')).toBe('bad\n');
    expect(logOf(here.dir, 'job', 'out')).toBe('');
  });
});

describe('stopping', () => {
  it('ends the whole tree, a daemonised grandchild that ignores the signal included', async () => {
    const grandchild = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6); process.stdout.write('');
      require('node:fs').writeFileSync('grandchild', String(process.pid));`;
    const child = `const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { detached: true, stdio: 'ignore' }).unref();`;
    const spec = here.script(
      'tree.mjs',
      `import { spawn } from 'node:child_process';
      spawn(process.execPath, ['-e', ${JSON.stringify(child)}], { detached: true, stdio: 'ignore' }).unref();
      setInterval(() => {}, 1e6);`,
      { stop: { gracePeriod: 0.5 } },
    );
    const made = await start('tree', spec);
    const pid = await eventually('the grandchild', () => {
      const path = join(here.dir, 'grandchild');
      return existsSync(path) ? Number(readFileSync(path, 'utf8')) || undefined : undefined;
    });
    await provider.stop(here.target('tree', spec, made), here.context);
    expect(isGone(pid)).toBe(true);
    expect(isGone(pidOf(made.attributes))).toBe(true);
    expect(here.marked()).toEqual([]);
    expect(here.cgroups()).toEqual([]);
  });

  it('sends the signal that the descriptor names and gives it time', async () => {
    const spec = here.script(
      'polite.mjs',
      `process.on('SIGINT', () => setTimeout(() => { console.log('bye'); process.exit(0) }, 100));
      setInterval(() => {}, 1e6); console.log('up');`,
      { stop: { signal: 'SIGINT', gracePeriod: 30 } },
    );
    const made = await start('polite', spec);
    await eventually('it is up', () => logOf(here.dir, 'polite') === 'up\n');
    await provider.stop(here.target('polite', spec, made), here.context);
    expect(logOf(here.dir, 'polite')).toBe('up\nbye\n');
    expect((await read('polite', spec, made)).status).toBe('stopped');
  });

  it('runs the stop command instead, which gets the pid', async () => {
    const spec = here.script(
      'quiet.mjs',
      `process.on('SIGTERM', () => {}); process.on('SIGUSR2', () => process.exit(0));
      setInterval(() => {}, 1e6); console.log('up');`,
      { stop: { gracePeriod: 120 } },
    );
    const whole: Spec = {
      ...spec,
      native: { ...(spec.native ?? { command: '' }), stopCommand: ['sh', '-c', 'kill -USR2 $PJ_PID'] },
    };
    const made = await start('quiet', whole);
    await eventually('it is up', () => logOf(here.dir, 'quiet') === 'up\n');
    const before = Date.now();
    await provider.stop(here.target('quiet', whole, made), here.context);
    expect(Date.now() - before).toBeLessThan(60_000);
    expect(isGone(pidOf(made.attributes))).toBe(true);
  });
});

describe('what cannot be started', () => {
  it.each([
    ['a command that is not there', { native: { command: '/no/such/thing' } }, /\/no\/such\/thing is not there/],
    ['a folder', { native: { command: '/usr' } }, /\/usr is a directory/],
    [
      'a working directory that is not there',
      { native: { command: 'true', workdir: 'nowhere' } },
      /nowhere is not there/,
    ],
    ['a user that is not there', { native: { command: 'true', user: 'nobody-at-all' } }, /nobody-at-all/],
  ] as [string, Spec, RegExp][])('%s is a clear error, and dead', async (_, spec, message) => {
    const made = await provider.create(here.target('bad', spec), here.context);
    await expect(provider.start(here.target('bad', spec, made), here.context)).rejects.toThrow(message);
    const seen = await read('bad', spec, made);
    expect(seen.status).toBe('dead');
    expect(seen.detail).toMatch(message);
    expect(here.marked()).toEqual([]);
    expect(here.cgroups()).toEqual([]);
  });

  it('is told in the words of the program that refused', async () => {
    // More than fs.nr_open is refused to everybody.
    const spec: Spec = { native: { command: 'sleep', args: ['60'], rlimits: { nofile: 2 ** 40 } } };
    const made = await provider.create(here.target('bad', spec), here.context);
    await expect(provider.start(here.target('bad', spec, made), here.context)).rejects.toThrow(/prlimit: .*NOFILE/);
    expect((await read('bad', spec, made)).status).toBe('dead');
  });
});

describe.runIf(detectCgroups().controllers.has('memory'))('limits', () => {
  it('tell of a process that the kernel killed for want of memory', async () => {
    const spec = here.script('eat.mjs', `const all = []; setInterval(() => all.push(Buffer.alloc(8e6, 1)), 5)`, {
      restart: { policy: 'no' },
      resources: { memory: 64 * 1024 * 1024 },
    });
    const made = await start('eater', spec);
    const seen = await eventually(
      'it is killed',
      async () => {
        const now = await read('eater', spec, made);
        return now.status === 'dead' ? now : undefined;
      },
      60_000,
    );
    expect(seen.detail).toBe('exited 137 (SIGKILL), OOM-killed');
  });
});

describe('a process that somebody kills', () => {
  it('comes back under the same handle with another pid', async () => {
    const spec = here.script('stay.mjs', 'setInterval(() => {}, 1e6)', { restart: { delay: 0.02 } });
    const made = await start('stay', spec);
    const pid = pidOf(made.attributes);
    killNow(pid);
    const seen = await eventually('it is back', async () => {
      const now = await read('stay', spec, made);
      return now.status === 'running' && pidOf(now.attributes) !== pid ? now : undefined;
    });
    expect(seen.handle).toEqual(made.handle);
    expect(seen.fields).toEqual({});
    expect(seen.restarts).toBe(1);
  });
});
