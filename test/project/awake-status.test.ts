import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runtimeDir } from '../../src/agent/runtime-dir.ts';
import { receive, send, toWire } from '../../src/agent/wire.ts';
import { PjError } from '../../src/errors.ts';
import type { Json } from '../../src/model/json.ts';
import { askAwake, awakeLink } from '../../src/project/awake-status.ts';

let project = '';
let server: Server | undefined;
const open = new Set<Socket>();
const env = () => ({ XDG_RUNTIME_DIR: join(project, 'run') });
const caller = () => ({ project, env: env(), version: '9.9.9' });

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'pj-awake-'));
});
afterEach(async () => {
  for (const socket of open) socket.destroy();
  await new Promise((done) => (server === undefined ? done(undefined) : server.close(done)));
  server = undefined;
  rmSync(project, { recursive: true, force: true });
});

/** An agent that answers these calls, and no other; gives the calls that came. */
async function agent(answers: Record<string, Json | PjError>): Promise<string[]> {
  const calls: string[] = [];
  const { socket: path } = runtimeDir(project, env(), process.geteuid?.() ?? 0);
  mkdirSync(dirname(path), { recursive: true });
  chmodSync(dirname(path), 0o700);
  server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    receive(socket, (message) => {
      const { id, method } = message as { id: number; method: string };
      calls.push(method);
      const answer = answers[method];
      if (answer instanceof PjError) send(socket, { id, error: toWire(answer) });
      else if (answer !== undefined) send(socket, { id, result: answer });
    });
  });
  await new Promise<void>((done) => server?.listen(path, done));
  return calls;
}

const NONE = { told: undefined, why: 'no agent runs', watching: false };
const MUTE = { told: undefined, why: 'the agent did not answer in 2 s', watching: undefined };

it('tells what the agent knows', async () => {
  await agent({ hello: {}, awake: { workloads: [] } });
  expect(await askAwake(caller())).toEqual({ told: { workloads: [] } });
});

it('says that no agent runs only where none does', async () => {
  expect(await askAwake(caller())).toEqual(NONE);
});

it('one that does not answer may watch; it is not asked again at once', async () => {
  const calls = await agent({});
  const link = awakeLink(caller());
  expect(await link.ask()).toEqual(MUTE);
  expect(await link.ask()).toEqual(MUTE);
  expect(calls).toEqual(['hello']);
  link.close();
});

it('one that is busy with something else does not answer either', async () => {
  await agent({ hello: {} });
  expect(await askAwake(caller())).toEqual(MUTE);
});

it('one of an older version watches nothing', async () => {
  await agent({ hello: {}, awake: new PjError('PJ5208', { method: 'awake' }) });
  expect(await askAwake(caller())).toEqual({ ...NONE, why: 'the agent is of an older version' });
});

it('of one of another protocol it is not known whether it watches', async () => {
  await agent({ hello: new PjError('PJ5204', { theirs: 2, ours: 1 }) });
  expect(await askAwake(caller())).toEqual({ ...MUTE, why: 'the agent is of another version' });
});
