import { afterEach, describe, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { fresh } from '../providers/container/api/engine-raw.ts';
import { removeHeld } from '../support/containers.ts';
import { Scratch, until } from '../support/pj.ts';
import { keepsTo } from '../views/schema.ts';

const talker = (id: string, more = ''): string =>
  `---\napplicationId: ${id}\n${more}native: { command: /bin/sh, args: ["-c", "echo ${id} begins; exec sleep 100000"] }\n`;

let pj: Scratch | undefined;
afterEach(async () => {
  await pj?.cleanUp();
  pj = undefined;
});

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

describe('watching a project', () => {
  it('pj top tells what the agent samples, for people and programs; without an agent it samples by itself and says so', async () => {
    pj = new Scratch({
      'pj.yaml': `name: ${fresh('watch')}\n`,
      'all.yaml':
        talker('web', 'resources: { memory: 64MiB, enforcement: { memory: { action: NOTIFY } } }\n') + talker('db'),
    });
    await pj.ok(['apply', '--auto-approve']);
    const keeps = await keepsTo('top');

    const told = JSON.parse((await pj.ok(['top', '--json', '--once', '--sort', 'id'])).stdout);
    keeps(told);
    expect(told).toMatchObject({ source: 'agent', workloads: [{ id: 'db' }, { id: 'web', state: 'RUNNING' }] });
    expect(told.workloads[1].memory).toBeGreaterThan(0);

    const table = await pj.ok(['top', 'web']);
    expect(table.stdout).toMatch(
      /^ID +KIND +STATE .*\nweb +native +RUNNING .* 64 MiB .*\n\ntotal {2}1 workload, 1 running /,
    );
    expect(table.stdout).toMatch(/\nhost {3}cpu [\d.]+ of \d+ /);
    expect(table.stdout).not.toContain('\u001b');

    const several = lines((await pj.ok(['top', '--json', '-n', '3', '--interval', '100ms'])).stdout);
    expect(several).toHaveLength(3);
    for (const line of several) keeps(JSON.parse(line));

    expect((await pj.ok(['top', 'nobody'], {}, 1)).stderr).toContain('PJ6091');
    expect((await pj.ok(['top', '--interval', '1ms'], {}, 64)).stderr).toContain('at least 100ms');

    const keepsStatus = await keepsTo('status');
    const watched = JSON.parse((await pj.ok(['status', '--json'])).stdout);
    keepsStatus(watched);
    expect(watched.workloads.find(({ id }: { id: string }) => id === 'web').quotasWatched).toBe(true);
    expect((await pj.ok(['agent', 'status'])).stdout).toMatch(/samples every second: \d+ times/);

    // An agent that does not answer may watch: that it does not run is not said.
    const [agent = 0] = pj.agents();
    process.kill(agent, 'SIGSTOP');
    const mute = (await pj.ok(['status'])).stdout;
    process.kill(agent, 'SIGCONT');
    expect(mute).toContain('web: whether quotas are watched is not known: the agent did not answer in 2 s');
    expect(mute).not.toMatch(/no agent (runs|watches)/);

    await pj.ok(['agent', 'stop']);
    const own = await pj.ok(['top', '--once']);
    expect(own.stderr).toBe('no agent runs: sampled by this command\n');
    expect(own.stdout).toMatch(/\nweb +native +RUNNING /);
    const status = (await pj.ok(['status'])).stdout;
    expect(status).toContain('web: quotas are not watched: no agent runs (pj agent start)\n');
    expect(status).not.toMatch(/db.*quotas are not watched/);
  });

  it('pj events is followed over an apply, ends cleanly with Ctrl-C, and shows what was without an agent', async () => {
    pj = new Scratch({ 'pj.yaml': `name: ${fresh('watch')}\n`, 'all.yaml': talker('web') });
    expect((await pj.ok(['events'])).stdout).toBe('');
    const following = pj.start(['events', '-f', '--json']);
    await pj.ok(['apply', '--auto-approve']);
    const applied = async () => lines((await (pj as Scratch).ok(['events', '--type', 'apply_complete'])).stdout).length;
    await until('the apply is told of', async () => (await applied()) === 1);
    await until('who follows has heard of it', () => following.printed().includes('"apply_complete"'), 30_000);
    following.kill('SIGINT');
    const followed = await following.done;
    expect([followed.code, followed.stderr]).toEqual([130, '']);
    const events = lines(followed.stdout).map((line) => JSON.parse(line));
    const keeps = await keepsTo('activity');
    for (const event of events) keeps(event);
    expect(events.map(({ type }) => type)).toContain('step_complete');
    expect(events.at(-1)?.type ?? '').toMatch(/apply_complete|agent_started/);

    await pj.ok(['agent', 'stop']);
    const shown = (await pj.ok(['events', '--since', '10min', 'web'])).stdout;
    expect(shown).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}info {5}step_complete +web: /m);
    expect(shown).not.toContain('apply_complete');
    expect((await pj.ok(['events', '--since', '2099-01-01'])).stdout).toBe('');
    expect((await pj.ok(['events', '--type', 'aply_complete'], {}, 64)).stderr).toContain('apply_complete');
  });
});

needs('docker', 'registry')('pj logs of processes and containers', (have) => {
  const { socket } = have.docker;
  afterEach(async () => {
    const lineage = pj?.lineage();
    await pj?.cleanUp();
    await removeHeld(socket, lineage);
    pj = undefined;
  });

  it('are merged by the time that each line was written', async () => {
    // Each waits for the other's line, so that the order is theirs: three seconds apart, as the notes of a process' output are right to one.
    const each = (id: string, first: number): string =>
      `sleep ${first}; for i in 1 2 3; do echo ${id} $i; sleep 3; done; exec sleep 100000`;
    pj = new Scratch({
      'pj.yaml': `name: ${fresh('merge')}\n`,
      'all.yaml': `---\napplicationId: zz\nnative: { command: /bin/sh, args: ["-c", "${each('zz', 0)}"] }
---
applicationId: a-container
dependencies: [zz]
stop: { signal: SIGKILL }
container:
  runtime: docker
  image: ${have.registry.images.busybox}
  command: [sh, -c, "${each('a-container', 1.5)}"]
`,
    });
    pj.env = { ...pj.env, DOCKER_HOST: `unix://${socket}`, CONTAINER_HOST: 'unix:///nowhere/engine.sock' };
    await pj.ok(['apply', '--auto-approve']);
    const all = async (...flags: string[]) => lines((await (pj as Scratch).ok(['logs', ...flags])).stdout);
    await until('all was said', async () => (await all()).length === 6, 60_000);
    const text = await all('--timestamps');
    const times = text.map((line) => line.slice(0, 23));
    expect(times).toEqual([...times].sort());
    expect(text.map((line) => line.slice(24).trim().split('| ')[1])).toHaveLength(6);
    const order = text.map((line) => line.slice(24).split(' ')[0]);
    // Not one after the other: they take turns.
    expect(order.filter((id, i) => i > 0 && id !== order[i - 1]).length).toBeGreaterThanOrEqual(3);
    expect(text[0]?.slice(24)).toBe('zz          | zz 1');
    expect((await all('--no-prefix')).every((line) => /^(zz|a-container) \d$/.test(line))).toBe(true);
    const told = (await all('--json', '-t', '-n', '1')).map((line) => JSON.parse(line));
    for (const { at } of told) expect(Date.parse(at)).toBeGreaterThan(Date.now() - 300_000);
    expect(JSON.parse((await all('--json', '-n', '1'))[0] ?? '')).not.toHaveProperty('at');
  });
});
