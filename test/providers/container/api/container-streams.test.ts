import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WorkloadRecord } from '../../../../src/model/record.ts';
import { DiskWalk } from '../../../../src/os/counters/disk-use.ts';
import { Group } from '../../../../src/os/counters/group.ts';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import type { ExecStreams, KernelPlaces, LogLine, LogOptions, Provider } from '../../../../src/providers/contract.ts';
import { needs } from '../../../engines/engines.ts';
import { context, envFor, fresh, raw, removeAll } from './engine-raw.ts';

for (const name of ['docker', 'podman'] as const) {
  needs(name, 'registry')(`logs, commands and samples of a container on ${name}`, (have) => {
    const { socket } = have[name as 'docker'];
    let provider: Provider;
    let containers: string[];
    beforeEach(() => {
      containers = [];
      provider = containerProvider('container', {
        dir: import.meta.dirname,
        project: 'streams',
        env: envFor(name, socket),
      });
    });
    afterEach(async () => {
      await provider.close?.();
      await removeAll(socket, { containers });
    });

    const up = async (script: string, more: object = {}): Promise<WorkloadRecord> => {
      const called = fresh('streams');
      containers.push(called);
      const body = { Image: have.registry.images.busybox, Cmd: ['sh', '-c', script], ...more };
      const { Id } = await raw<{ Id: string }>(socket, 'POST', `/containers/create?name=${called}`, body);
      await raw(socket, 'POST', `/containers/${Id}/start`);
      return {
        id: 'web',
        spec: {},
        handle: { runtime: name, id: Id, name: called },
      } as unknown as WorkloadRecord;
    };
    const run = async (record: WorkloadRecord, argv: string[], more: Partial<ExecStreams> = {}) => {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const said = Promise.all([text(stdout), text(stderr)]);
      const code = await provider.exec?.(record, argv, { stdin: undefined, stdout, stderr, ...more }, context);
      stdout.end();
      stderr.end();
      const [out, error] = await said;
      return { code, out, error };
    };
    const logs = async (
      record: WorkloadRecord,
      options: Partial<LogOptions>,
      until?: number,
      signal = context.signal,
    ) => {
      const lines: LogLine[] = [];
      const all = provider.logs?.(record, { follow: false, ...options }, { ...context, signal }) ?? [];
      for await (const line of all as AsyncIterable<LogLine>) if (lines.push(line) === until) break;
      return lines;
    };

    it('runs a command with its streams and gives its exit code', async () => {
      const record = await up('sleep 1000');
      expect(await run(record, ['sh', '-c', 'echo out; echo bad >&2; exit 7'])).toEqual({
        code: 7,
        out: 'out\n',
        error: 'bad\n',
      });
      const large = 'é'.repeat(300_000);
      const echoed = await run(record, ['cat'], { stdin: Readable.from([Buffer.from(large)]) });
      expect(echoed.code).toBe(0);
      expect(echoed.out === large).toBe(true);
    });

    it('takes in no more than the command reads', async () => {
      const record = await up('sleep 1000');
      let taken = 0;
      const stdin = new Readable({
        read() {
          if (taken < 64 << 20) this.push(Buffer.alloc(1 << 16));
          else this.push(null);
          taken += 1 << 16;
        },
      });
      expect((await run(record, ['sleep', '1'], { stdin })).code).toBe(0);
      expect(taken).toBeLessThan(8 << 20);
    });

    it('tells what cannot be found from what cannot be executed', async () => {
      const record = await up('sleep 1000');
      const missing = await run(record, ['nosuch']);
      expect(missing).toEqual({ code: 127, out: '', error: 'nosuch: not found (in web)\n' });
      const text = await run(record, ['/etc/passwd']);
      expect(text).toEqual({ code: 126, out: '', error: '/etc/passwd: not executable (in web)\n' });
      expect(await run(record, ['sh', '-c', 'exit 127'])).toEqual({ code: 127, out: '', error: '' });
    });

    it('gives a terminal of the size that it is told, and of another one later', async () => {
      const record = await up('sleep 1000');
      let resize = (_columns: number, _rows: number): void => undefined;
      const tty = { columns: 90, rows: 33, resize: (listener: typeof resize) => (resize = listener) };
      const is = (size: string) => `until [ "$(stty size 2>/dev/null)" = "${size}" ]; do sleep 0.1; done; stty size`;
      const argv = ['sh', '-c', `${is('33 90')}; touch /first; ${is('44 101')}`];
      const done = run(record, argv, { tty } as Partial<ExecStreams>);
      await expect.poll(async () => (await run(record, ['test', '-e', '/first'])).code).toBe(0);
      resize(101, 44);
      const { code, out } = await done;
      expect([code, out]).toEqual([0, '33 90\r\n44 101\r\n']);
    });

    it('ends a command that waits when it is told to', async () => {
      const record = await up('sleep 1000');
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const streams = { stdin: undefined, stdout, stderr };
      const signal = AbortSignal.timeout(500);
      await expect(provider.exec?.(record, ['sleep', '1000'], streams, { ...context, signal })).rejects.toThrow();
    });

    it('gives whole lines of both streams, long ones and one without an end', async () => {
      const record = await up(
        'echo one; echo bad >&2; echo é; head -c 40000 /dev/zero | tr "\\0" x; echo; echo; printf end',
      );
      await raw(socket, 'POST', `/containers/${String(record.handle?.['id'])}/wait`);
      const lines = await logs(record, {});
      expect(lines.filter(({ stream }) => stream === 'stderr')).toEqual([
        { workload: 'web', stream: 'stderr', text: 'bad' },
      ]);
      const out = ['one', 'é', 'x'.repeat(40_000), '', 'end'];
      expect(lines.flatMap(({ stream, text }) => (stream === 'stdout' ? [text] : []))).toEqual(out);
      expect((await logs(record, { tail: 1 })).map(({ text }) => text)).toEqual(['end']);
      expect(await logs(record, { since: new Date(Date.now() + 60_000).toISOString() })).toEqual([]);
    });

    it('follows over a restart, each line once, and ends with the signal', async () => {
      const record = await up('echo from $(cat /proc/uptime); sleep 1000', { StopSignal: 'SIGKILL' });
      const id = String(record.handle?.['id']);
      const following = logs(record, { follow: true }, 2);
      await sleep(500);
      await raw(socket, 'POST', `/containers/${id}/restart?t=0`);
      const texts = (await following).map(({ text }) => text);
      expect(new Set(texts).size).toBe(2);
      expect(texts.every((text) => /^from \d/.test(text))).toBe(true);
      expect(await logs(record, { follow: true }, undefined, AbortSignal.timeout(700))).toHaveLength(2);
    });

    it('gives the lines of a terminal without its line ends', async () => {
      const record = await up('echo one; echo é; sleep 1000', { Tty: true });
      await expect.poll(async () => (await logs(record, {})).map(({ text }) => text)).toEqual(['one', 'é']);
      expect((await logs(record, { follow: true }, 2)).map(({ text }) => text)).toEqual(['one', 'é']);
    });

    it('tells what it uses, and nothing of one that does not run', async () => {
      const record = await up('while :; do :; done');
      const [usage] = (await provider.sample?.([record], context)) ?? [];
      expect(usage?.cpu).toBeGreaterThan(0.05);
      expect(usage?.memory).toBeGreaterThan(0);
      expect(usage?.processes).toBe(1);
      await raw(socket, 'POST', `/containers/${String(record.handle?.['id'])}/kill`);
      await expect.poll(() => provider.sample?.([record], context)).toEqual([{ id: 'web', processes: 0 }]);
    });

    it('says where the kernel counts it, its network and what it writes too', async () => {
      const script = 'dd if=/dev/zero of=/big bs=1M count=3; ping -c 1 -W 1 10.255.255.1; while :; do :; done';
      const record = await up(script);
      record.spec = { ...record.spec, resources: { disk: 1 << 30 } };
      const [places] = (await provider.places?.([record], context)) ?? [];
      expect(places).toMatchObject({ id: 'web', network: true, told: { restarts: 0 } });
      expect(Math.abs(Date.parse(places?.told?.startedAt ?? '') - Date.now())).toBeLessThan(60_000);
      const group = new Group(places as KernelPlaces, { left: 50 });
      try {
        await expect.poll(() => group.read()?.cpuSeconds, { timeout: 30_000 }).toBeGreaterThan(0.2);
        await expect.poll(() => group.read()?.networkSent, { timeout: 30_000 }).toBeGreaterThan(0);
        expect(group.read()).toMatchObject({ processes: 1, threads: 1, oomKills: 0, startedAt: expect.any(String) });
        expect(group.read()?.workingSet).toBeGreaterThan(0);
        const walk = new DiskWalk(places?.disk ?? []);
        while (!walk.step(100));
        expect(walk.total).toBeGreaterThanOrEqual(3 << 20);
        await raw(socket, 'POST', `/containers/${String(record.handle?.['id'])}/kill`);
        await expect.poll(() => group.read()).toBeUndefined();
      } finally {
        group.close();
      }
    });
  });
}
