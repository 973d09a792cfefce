import { describe, expect, it } from 'vitest';
import { run } from '../../src/os/exec.ts';
import { readCmdline } from '../../src/os/process.ts';

const sh = (script: string) => ['/bin/sh', '-c', script];

describe('run', () => {
  it('gives output and exit code, a bad one too', async () => {
    expect(await run(sh('echo out; echo err >&2; exit 3'), { timeoutMs: 60_000 })).toEqual({
      code: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      timedOut: false,
    });
    expect(await run(sh('kill -TERM $$'), { timeoutMs: 60_000 })).toMatchObject({ code: null, signal: 'SIGTERM' });
  });

  it('passes arguments, environment, folder and input untouched', async () => {
    const argv = [
      process.execPath,
      '-p',
      'JSON.stringify([process.argv.slice(1), process.env, process.cwd()])',
      'a $b',
      '*',
    ];
    const { stdout } = await run(argv, { timeoutMs: 60_000, cwd: '/usr', env: { ONLY: 'this' } });
    expect(JSON.parse(stdout)).toEqual([['a $b', '*'], { ONLY: 'this' }, '/usr']);
    expect((await run(['cat'], { timeoutMs: 60_000, input: 'äöü' })).stdout).toBe('äöü');
    expect((await run(['cat'], { timeoutMs: 60_000 })).stdout).toBe('');
  });

  it('kills the whole group when time is up', async () => {
    const began = performance.now();
    const result = await run(sh('sleep 300 & echo $!; wait'), { timeoutMs: 200 });
    expect(result).toMatchObject({ timedOut: true, signal: 'SIGKILL', code: null });
    expect(performance.now() - began).toBeLessThan(60_000);
    const child = Number(result.stdout);
    const deadline = Date.now() + 30_000;
    while (readCmdline(child)[0] === 'sleep' && Date.now() < deadline) await new Promise((r) => setTimeout(r, 5));
    expect(readCmdline(child)).toEqual([]);
  });

  it('does not wait for what went to the background with the pipes open', async () => {
    const began = performance.now();
    const { stdout, code } = await run(sh('sleep 20 & echo done'), { timeoutMs: 120_000 });
    expect({ stdout, code }).toEqual({ stdout: 'done\n', code: 0 });
    expect(performance.now() - began).toBeLessThan(15_000);
  });

  it('reads all that was printed before the end, however busy this process is then', async () => {
    const running = run(sh('sleep 300 & head -c 60000 /dev/zero | tr "\\0" x'), { timeoutMs: 60_000 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    // The end and the output are both there when this process gets to look again.
    const until = performance.now() + 600;
    while (performance.now() < until);
    expect((await running).stdout.length).toBe(60_000);
  });

  it('keeps no more output than asked, and does not block on the rest', async () => {
    const { stdout, code } = await run(sh('head -c 5000000 /dev/zero | tr "\\0" x'), {
      timeoutMs: 60_000,
      maxOutput: 1_000,
    });
    expect(stdout.length).toBe(1_000);
    expect(code).toBe(0);
  });

  it('ends by the signal, killing what runs', async () => {
    const controller = new AbortController();
    const running = run(sh('sleep 300'), { timeoutMs: 60_000, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 100);
    await expect(running).rejects.toThrow('enough');
    await expect(run(sh('true'), { timeoutMs: 1, signal: controller.signal })).rejects.toThrow('enough');
  });

  it('is not waited for where it is told to end before it has begun', async () => {
    const controller = new AbortController();
    const running = run(sh('sleep 300'), { timeoutMs: 300_000, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('says why a program cannot be run', async () => {
    await expect(run(['/no/such/program'], { timeoutMs: 1_000 })).rejects.toMatchObject({
      code: 'PJ5070',
      message: expect.stringMatching(/not found/),
    });
    await expect(run(['/etc/passwd'], { timeoutMs: 1_000 })).rejects.toThrow(/permission denied/);
    await expect(run(['true'], { timeoutMs: 1_000, cwd: '/no/such/folder' })).rejects.toMatchObject({ code: 'PJ5070' });
    await expect(run([], { timeoutMs: 1_000 })).rejects.toThrow(/empty/);
  });
});
