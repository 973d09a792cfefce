import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { agentStatus, startAgent } from '../../src/agent/control.ts';
import { lockHolders } from '../../src/agent/single.ts';
import type { Made } from '../../src/providers/contract.ts';
import { nativeProvider } from '../../src/providers/native/index.ts';
import { buildAgent, eventually, type Ground, ground, logOf, pidOf } from './ground.ts';

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

const options = (version: string) => ({ project: here.dir, env: here.env, version, agentEntry: agent.entry });
const provider = (version: string) =>
  nativeProvider({ dir: here.dir, project: 'test', env: here.env, pjVersion: version, agentEntry: agent.entry });
const running = async () => {
  const status = await agentStatus(options('0.0.0'));
  if (!status.running) throw new Error('no agent runs');
  return status.info;
};
const replaced = () =>
  readFileSync(join(here.dir, '.pj', 'events.ndjson'), 'utf8')
    .split('\n')
    .filter((line) => line.includes('"agent_replaced"'));

describe('an agent of another version', () => {
  it('that is older makes way; workloads run on with the same pids, their logs go on, and it is told once', async () => {
    const spec = here.script('count.mjs', 'let n = 0; setInterval(() => console.log(++n), 5)');
    const old = provider('1.9.0');
    const made = new Map<string, Made>();
    for (const id of ['a', 'b']) {
      const created = await old.create(here.target(id, spec), here.context);
      made.set(id, await old.start(here.target(id, spec, created), here.context));
    }
    const before = await running();
    expect(before.version).toBe('1.9.0');
    // Looking alone replaces nothing.
    const look = provider('1.10.0');
    await look.read([here.record('a', spec, made.get('a') as Made)], here.context);
    expect((await running()).pid).toBe(before.pid);
    const both = await Promise.all([startAgent(options('1.10.0')), startAgent(options('1.10.0'))]);
    const now = await running();
    expect([now.version, now.pid === before.pid, now.active.sort()]).toEqual(['1.10.0', false, ['a@1', 'b@1']]);
    expect(both.map(({ info }) => info.pid)).toEqual([now.pid, now.pid]);
    expect(lockHolders(join(here.dir, '.pj', 'agent')).map(({ pid }) => pid)).toEqual([now.pid]);
    for (const [id, one] of made) {
      const [seen] = await look.read([here.record(id, spec, one)], here.context);
      expect([seen?.status, pidOf(seen?.attributes ?? {})]).toEqual(['running', pidOf(one.attributes)]);
      const { length } = logOf(here.dir, id);
      await eventually('the log goes on', () => logOf(here.dir, id).length > length + 20);
      const lines = logOf(here.dir, id).split('\n').slice(0, -1).map(Number);
      expect(lines).toEqual(lines.map((_, i) => i + 1));
    }
    expect(replaced().length).toBeGreaterThanOrEqual(1);
    expect(JSON.parse(replaced()[0] ?? '{}')).toMatchObject({
      data: { before: '1.9.0', version: '1.10.0', pid: now.pid },
    });
    await Promise.all([old.close?.(), look.close?.()]);
  });

  it('that is newer, or of the same version, is used as it is; what it was told of its end is handed on', async () => {
    await startAgent({ ...options('2.0.0'), idle: 77 });
    const first = await running();
    for (const version of ['1.0.0', '2.0.0', '2.0.0-rc.1', 'unknown', ''])
      expect((await startAgent(options(version))).started).toBe(false);
    expect((await running()).pid).toBe(first.pid);
    expect((await startAgent(options('2.0.1'))).started).toBe(true);
    const second = await running();
    expect(second.pid).not.toBe(first.pid);
    expect(readFileSync(`/proc/${second.pid}/cmdline`, 'utf8').split('\0')).toEqual(
      expect.arrayContaining(['--idle', '77']),
    );
  });
});
