import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { PjError } from '../../../src/errors.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { ExecStreams } from '../../../src/providers/contract.ts';
import type { GuestAgent } from '../../../src/providers/vm/guest/agent.ts';
import { guestExec } from '../../../src/providers/vm/guest/exec.ts';
import { bringVcpusOnline, guestAddresses, guestVcpus } from '../../../src/providers/vm/guest/hardware.ts';
import { guestHealth } from '../../../src/providers/vm/guest/health.ts';
import { shutDownGuest, whileFrozen } from '../../../src/providers/vm/guest/lifecycle.ts';
import { pingAgent } from '../../../src/providers/vm/guest/ping.ts';

// The protocol alone, against what qemu-guest-agent was seen to answer; the real one answers in the conformance suite, in a booted guest.

type Answers = Record<string, (args: JsonObject) => Json>;
const base64 = (plain: string): string => Buffer.from(plain).toString('base64');
const { signal } = new AbortController();

/** An agent that gives those answers and refuses all else; `asked` is what it was asked, in order. */
function agentOf(answers: Answers): GuestAgent & { asked: [string, JsonObject][] } {
  const asked: [string, JsonObject][] = [];
  return {
    id: 'db',
    asked,
    ask(command, args) {
      asked.push([command, args]);
      const answer = answers[command];
      if (answer === undefined) return Promise.reject(new PjError('PJ5509', { id: 'db', reason: `no ${command}` }));
      return Promise.resolve(answer(args));
    },
  };
}

function streams(stdin?: Readable): ExecStreams & { end(): Promise<{ stdout: string; stderr: string }> } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const end = async () => {
    stdout.end();
    stderr.end();
    return { stdout: await text(stdout), stderr: await text(stderr) };
  };
  return { stdin, stdout, stderr, end };
}

/** Ends at the third look. */
function exec(status: JsonObject): Answers {
  let looks = 0;
  return {
    'guest-exec': () => ({ pid: 7 }),
    'guest-exec-status': () => {
      looks += 1;
      return looks < 3 ? { exited: false } : { exited: true, ...status };
    },
  };
}

describe('a command in the guest', () => {
  test('gets its input, and gives its output and exit code', async () => {
    const agent = agentOf(exec({ exitcode: 3, 'out-data': base64('out\n'), 'err-data': base64('err\n') }));
    const io = streams(Readable.from([Buffer.from('in'), Buffer.from('put')]));
    expect(await guestExec(agent, ['/bin/cat', '-n', ''], io, { signal })).toBe(3);
    expect(await io.end()).toEqual({ stdout: 'out\n', stderr: 'err\n' });
    const given = { path: '/bin/cat', arg: ['-n', ''], 'capture-output': true, 'input-data': base64('input') };
    expect(agent.asked[0]).toEqual(['guest-exec', given]);
    expect(agent.asked.slice(1).map(([command]) => command)).toEqual(Array(3).fill('guest-exec-status'));
  });

  test('that was killed gives 128 and the signal; output that is cut is told', async () => {
    const io = streams();
    const agent = agentOf(exec({ signal: 9, 'out-data': base64('much'), 'out-truncated': true }));
    expect(await guestExec(agent, ['x'], io, { signal })).toBe(137);
    expect((await io.end()).stdout).toBe('much\n[the guest agent keeps no more of the output]\n');
  });

  test('gets no terminal, and no input that is too long for the agent', async () => {
    const agent = agentOf({});
    const tty = { columns: 80, rows: 24, asked: true, resize: () => undefined };
    const refused = guestExec(agent, ['sh'], { ...streams(), tty }, { signal });
    await expect(refused).rejects.toMatchObject({ code: 'PJ5502', hint: expect.stringContaining('pj console db') });
    const long = streams(Readable.from([Buffer.alloc(70_000)]));
    await expect(guestExec(agent, ['cat'], long, { signal })).rejects.toMatchObject({ code: 'PJ5505' });
    expect(agent.asked).toEqual([]);
  });

  test('that is waited for can be given up', async () => {
    const agent = agentOf({ 'guest-exec': () => ({ pid: 1 }), 'guest-exec-status': () => ({ exited: false }) });
    const giveUp = AbortSignal.timeout(100);
    await expect(guestExec(agent, ['sleep'], streams(), { signal: giveUp })).rejects.toThrow(/abort/i);
  });
});

test('health: the agent answers, or a command ends well', async () => {
  const engine = { healthCheck: { type: 'engine' as const } };
  const check = { healthCheck: { type: 'exec' as const, command: ['/bin/up'] } };
  expect(await guestHealth(agentOf({ 'guest-ping': () => ({}) }), engine, { signal })).toEqual({ healthy: true });
  expect(await guestHealth(agentOf({}), engine, { signal })).toMatchObject({ healthy: false });
  expect(await guestHealth(agentOf(exec({ exitcode: 0 })), check, { signal })).toEqual({ healthy: true });
  const ill = await guestHealth(agentOf(exec({ exitcode: 2, 'err-data': base64('no db\n') })), check, { signal });
  expect(ill).toEqual({ healthy: false, reason: '/bin/up → exit code 2: no db' });
});

test('a ping tells why there is no answer, a shutdown needs none', async () => {
  expect(await pingAgent(agentOf({}), signal)).toEqual({
    healthy: false,
    reason: 'asking the guest agent of db failed: no guest-ping',
  });
  await shutDownGuest(agentOf({}), signal);
});

describe('frozen file systems', () => {
  const freezing = { 'guest-fsfreeze-freeze': () => 1, 'guest-fsfreeze-thaw': () => 1 };
  const commands = (agent: { asked: [string, JsonObject][] }) => agent.asked.map(([command]) => command);

  test('are thawed after the work, and after work that fails', async () => {
    const agent = agentOf(freezing);
    expect(await whileFrozen(agent, signal, async () => commands(agent).length)).toBe(1);
    expect(commands(agent)).toEqual(['guest-fsfreeze-freeze', 'guest-fsfreeze-thaw']);
    const failing = agentOf(freezing);
    await expect(whileFrozen(failing, signal, () => Promise.reject(new Error('full')))).rejects.toThrow('full');
    expect(commands(failing).at(-1)).toBe('guest-fsfreeze-thaw');
  });

  test('that cannot be are an error, and nothing stays frozen', async () => {
    const agent = agentOf({ 'guest-fsfreeze-thaw': () => 0 });
    await expect(whileFrozen(agent, signal, async () => undefined)).rejects.toMatchObject({ code: 'PJ5513' });
    expect(commands(agent).at(-1)).toBe('guest-fsfreeze-thaw');
  });
});

test('processors: those that are off are switched on', async () => {
  const on = new Set<unknown>([0]);
  const agent = agentOf({
    'guest-get-vcpus': () => [0, 1, 2].map((id) => ({ 'logical-id': id, online: on.has(id), 'can-offline': id > 0 })),
    'guest-set-vcpus': ({ vcpus }) => {
      for (const one of vcpus as JsonObject[]) on.add(one['logical-id']);
      return on.size;
    },
  });
  expect(await guestVcpus(agent, signal)).toBe(1);
  expect(await bringVcpusOnline(agent, signal)).toBe(3);
});

test('addresses: neither loopback nor link-local, IPv4 first', async () => {
  const address = (one: string) => ({ 'ip-address': one, 'ip-address-type': one.includes(':') ? 'ipv6' : 'ipv4' });
  const agent = agentOf({
    'guest-network-get-interfaces': () => [
      { name: 'lo', 'hardware-address': '00:00:00:00:00:00', 'ip-addresses': ['127.0.0.1', '::1'].map(address) },
      {
        name: 'eth0',
        'hardware-address': '52:54:00:AA:BB:CC',
        'ip-addresses': ['fe80::1', 'fd00::5', '169.254.3.4', '192.168.122.9'].map(address),
      },
      { name: 'sit0' },
    ],
  });
  expect(await guestAddresses(agent, signal)).toEqual([
    { mac: '52:54:00:aa:bb:cc', address: '192.168.122.9' },
    { mac: '52:54:00:aa:bb:cc', address: 'fd00::5' },
  ]);
});
