import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, Scratch, until } from '../support/pj.ts';
import { Collector } from '../telemetry/collector.ts';

let collector = new Collector();
const scratches: Scratch[] = [];
afterEach(async () => {
  for (const scratch of scratches.splice(0)) await scratch.cleanUp();
  await collector.close();
  collector = new Collector();
});

function project(files: Record<string, string>): Scratch {
  const scratch = new Scratch(files);
  scratches.push(scratch);
  return scratch;
}

const native = (id: string, script: string): string =>
  `applicationId: ${id}\nnative: { command: /bin/sh, args: ["-c", ${JSON.stringify(script)}] }\n`;

/** Counts up, a line each 20 ms, for ever. */
const COUNTER = 'n=0; while :; do n=$((n+1)); echo line $n; sleep 0.02; done';

/** What a backend adds up of a counter's points: a later start is another count, of which nothing has been told. */
function counted(points: readonly { start: number; time: number; value: number }[]): number {
  let [sum, start, value] = [0, 0, 0];
  for (const point of points) {
    if (point.start === start) sum += point.value - value;
    else if (point.start < point.time) sum += point.value;
    ({ start, value } = point);
  }
  return sum;
}

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  // What is not answered in time is sent again: not for a stall of this machine.
  OTEL_EXPORTER_OTLP_TIMEOUT: '5000',
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'otlp',
  OTEL_METRIC_EXPORT_INTERVAL: '500',
  OTEL_BLRP_SCHEDULE_DELAY: '100',
  ...more,
});

const numbers = (id: string): number[] => collector.lines(id).map((line) => Number(String(line).split(' ')[1]));

/** From 1 to the highest that has arrived, each once and in order. */
function expectWhole(id: string): void {
  const all = numbers(id);
  expect(all).toEqual(Array.from({ length: all.length }, (_, i) => i + 1));
}

describe('what the agent sends', () => {
  it.each(['http/protobuf', 'http/json'] as const)('metrics, output and events, as %s', async (protocol) => {
    await collector.open();
    const scratch = project({
      'one.yaml': native('one', `echo bad >&2; ${COUNTER}`),
      'pj.yaml': 'name: shop\n',
    });
    const env = environment({
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-tenant=a%20b',
      OTEL_SERVICE_NAME: 'mine',
    });
    await scratch.ok(['apply', '--auto-approve'], env);
    const of = (name: string) => collector.points.filter((point) => point.name === name);
    await until('lines', () => numbers('one').length > 20);
    await until('metrics', () => of('pj.workload.cpu.time').length > 1 && of('pj.workload.memory.usage').length > 1);
    await scratch.ok(['restart', 'one']);
    await until('an event', () => collector.logs.some(({ eventName }) => eventName === 'pj.step_complete'));
    expect(collector.bad).toEqual([]);

    const attributes = { 'pj.project': 'shop', 'pj.workload.id': 'one', 'pj.workload.kind': 'native' };
    const [cpu] = of('pj.workload.cpu.time');
    expect(cpu).toMatchObject({ unit: 's', type: 'sum', monotonic: true, attributes });
    expect(cpu?.resource).toMatchObject({ 'service.name': 'mine', 'host.name': expect.any(String) });
    const times = of('pj.workload.cpu.time').map(({ value }) => value);
    expect([...times].sort((a, b) => a - b)).toEqual(times);
    expect(of('pj.workload.memory.usage')[0]).toMatchObject({ unit: 'By', monotonic: false, attributes });
    expect(of('pj.workload.memory.usage')[0]?.value).toBeGreaterThan(100_000);
    const state = of('pj.workload.state').filter((point) => point.attributes['pj.state'] === 'RUNNING');
    expect(state[0]).toMatchObject({ attributes, type: 'sum', monotonic: false });
    await until('the apply', () => of('pj.apply.duration').some(({ value }) => value === 1), 30_000);
    await until('its plan', () => of('pj.plan.actions').length > 0, 30_000);
    expect(of('pj.workload.running').map(({ value }) => value)).toContain(1);

    const output = collector.logs.filter(({ scope }) => scope === 'pj.workload');
    expect(output.find(({ body }) => body === 'bad')?.attributes).toMatchObject({
      ...attributes,
      'log.iostream': 'stderr',
    });
    const first = output.find(({ body }) => body === 'line 1');
    expect(first?.attributes).toMatchObject({ 'log.iostream': 'stdout' });
    expect(Math.abs((first?.time ?? 0) - Date.now())).toBeLessThan(60_000);
    const event = collector.logs.find(({ eventName }) => eventName === 'pj.step_complete');
    expect(event).toMatchObject({ scope: 'pj.activity', severity: 9, attributes: { 'pj.workload.id': 'one' } });
    expect(event?.body).not.toBe('');
    const json = protocol === 'http/json';
    for (const { path, type, encoding, headers } of collector.requests) {
      expect(type).toBe(json ? 'application/json' : 'application/x-protobuf');
      expect(encoding).toBe('gzip');
      expect(headers['x-tenant']).toBe(path === '/v1/logs' ? 'a b' : undefined);
    }
    // What the agent knows of it stays with it.
    for (const { pid } of scratch.processes())
      expect((await import('node:fs')).readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('OTEL_');
  });

  it('while nobody listens lines wait where they are, and all come when somebody does; a kill -9 loses none', async () => {
    await collector.open(await freePort());
    const { port } = collector;
    await collector.close();
    const scratch = project({ 'one.yaml': native('one', COUNTER) });
    const env = environment({ OTEL_BLRP_MAX_QUEUE_SIZE: '40', OTEL_METRICS_EXPORTER: 'none' });
    await scratch.ok(['apply', '--auto-approve'], env);
    const log = (): string => scratch.read('.pj/logs/one.out.log');
    await until('more lines than the queue holds', () => log().split('\n').length > 120);
    // It goes on with its work.
    await scratch.ok(['status']);
    const opened = Date.now();
    await collector.open(port);
    await until('all lines', () => numbers('one').length > 120, 60_000);
    expectWhole('one');
    // They have the time at which they were written, not that at which there was room for them: the index is right to a second.
    const early = collector.logs.filter(({ body }) => /^line [1-3]?\d$/.test(String(body)));
    expect(early).toHaveLength(39);
    expect(early.filter(({ time }) => time >= opened)).toEqual([]);

    const [agent] = scratch.agents();
    process.kill(agent ?? 0, 'SIGKILL');
    await until('its end', () => !scratch.agents().includes(agent ?? 0));
    const before = log().split('\n').length;
    await scratch.ok(['agent', 'start'], env);
    await until('what came meanwhile', () => Math.max(...numbers('one')) > before + 20, 60_000);
    const all = numbers('one');
    const highest = Math.max(...all);
    expect([...new Set(all)].sort((a, b) => a - b)).toEqual(Array.from({ length: highest }, (_, i) => i + 1));
    // Only what was sent in the last seconds before the kill is sent again.
    expect(all.length - highest).toBeLessThan(500);
  });

  it('after a kill -9 of the agent what goes on has the start that it had, what is of the agent its own, and nothing is counted twice', async () => {
    await collector.open();
    const scratch = project({ 'one.yaml': `${native('one', COUNTER)}restart: { policy: always, delay: 100ms }\n` });
    const env = environment({ OTEL_LOGS_EXPORTER: 'none', OTEL_METRIC_EXPORT_INTERVAL: '300' });
    await scratch.ok(['apply', '--auto-approve'], env);
    const of = (name: string) => collector.points.filter((point) => point.name === name);
    const steps = () => of('pj.steps').filter(({ value }) => value > 0);
    const there = () =>
      of('pj.workload.cpu.time').length > 1 && steps().length > 1 && of('pj.apply.duration').length > 1;
    await until('metrics', there, 60_000);
    const starts = (name: string) => [...new Set(of(name).map(({ start }) => start))];
    const before = Object.fromEntries(['pj.steps', 'pj.samples'].map((name) => [name, starts(name)]));
    const [agent] = scratch.agents();
    process.kill(agent ?? 0, 'SIGKILL');
    await until('its end', () => !scratch.agents().includes(agent ?? 0));
    const killed = Date.now();
    await scratch.ok(['agent', 'start'], env);
    await until('metrics of the next', () => starts('pj.samples').length > 1, 60_000);
    const newer = (name: string) => of(name).filter(({ time }) => time > killed);
    await until('all of them', () => newer('pj.workload.cpu.time').length > 1 && newer('pj.steps').length > 1, 60_000);
    expect(before['pj.steps']).toHaveLength(1);
    expect(starts('pj.steps')).toEqual(before['pj.steps']);
    expect(starts('pj.apply.duration')).toEqual(before['pj.steps']);
    expect(newer('pj.steps').every(({ value }) => value > 0)).toBe(true);
    // What this agent counts began with it.
    expect(before['pj.samples']).toHaveLength(1);
    expect(starts('pj.samples')).toHaveLength(2);
    expect(Math.max(...starts('pj.samples'))).toBeGreaterThan(killed - 1);

    // Ended by somebody it is started again in its group, whose counter goes on; after `pj restart` it counts from 0.
    const cpu = () => of('pj.workload.cpu.time');
    for (const end of [
      () => process.kill(scratch.processes()[0]?.pid ?? 0, 'SIGKILL'),
      () => scratch.ok(['restart', 'one']),
    ]) {
      const [told, first] = [cpu().length, scratch.processes()[0]?.pid];
      await end();
      await until('the next run', () => scratch.processes().some(({ pid }) => pid !== first), 60_000);
      await until('metrics of it', () => cpu().length > told + 3, 60_000);
    }
    expect(counted(cpu())).toBeLessThanOrEqual(cpu().at(-1)?.value ?? 0);
    expect(counted(cpu())).toBeGreaterThan(0);
  });

  it('one that is busy is asked again when it says so, and one that refuses is not', async () => {
    await collector.open();
    // Without it the second attempt would come after 1.2 s at most.
    collector.answer = { status: 503, headers: { 'retry-after': '4' } };
    const scratch = project({
      'one.yaml': native('one', 'echo run $$; exec sleep 1000'),
      'pj.yaml': `agent:\n  telemetry: { endpoint: "${collector.url}", protocol: http/json, logs: true }\n`,
    });
    await scratch.ok(['apply', '--auto-approve'], {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_TIMEOUT: '500',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
    });
    const written = (n: number) => scratch.read('.pj/logs/one.out.log').trim().split('\n')[n - 1] ?? 'nothing yet';
    const having = (line: string) =>
      collector.requests.filter(({ path, body }) => path === '/v1/logs' && body.includes(`"${line}"`));
    await until('a second attempt', () => having(written(1)).length >= 2);
    const [one, two] = having(written(1));
    expect((two?.at ?? 0) - (one?.at ?? 0)).toBeGreaterThanOrEqual(3_900);
    expect(one?.type).toBe('application/json');
    collector.answer = undefined;
    await until('what it did not take', () => collector.lines('one').includes(written(1)));
    collector.answer = { status: 400 };
    await scratch.ok(['restart', 'one']);
    await until('a refusal of the second run', () => having(written(2)).some(({ status }) => status === 400));
    await until('it is told', () => scratch.read('.pj/logs/agent.log').includes('were refused'), 90_000);
    collector.answer = undefined;
    await scratch.ok(['restart', 'one']);
    await until('what comes after', () => collector.lines('one').includes(written(3)));
    expect(having(written(2))).toHaveLength(1);
    expect(collector.lines('one')).toEqual([written(1), written(3)]);
  });

  it('the output of workloads stays here where pj.yaml says so', async () => {
    await collector.open();
    const scratch = project({
      'one.yaml': native('one', COUNTER),
      'pj.yaml': `agent:\n  telemetry: { endpoint: "${collector.url}", logs: false }\n`,
    });
    await scratch.ok(['apply', '--auto-approve'], {
      OTEL_METRIC_EXPORT_INTERVAL: '300',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
      OTEL_LOGS_EXPORTER: 'otlp',
    });
    expect(collector.spans.map(({ name }) => name)).toContain('pj apply');
    await until('events', () => collector.logs.some(({ scope }) => scope === 'pj.activity'));
    await until('metrics', () => collector.points.length > 0);
    expect(collector.lines('one')).toEqual([]);
  });

  it('headers of pj.yaml come from their sources, also of the agent, and are written nowhere; one that comes late is waited for', async () => {
    await collector.open();
    const scratch = project({
      'one.yaml': native('one', 'exec sleep 1000'),
      'secrets/key.txt': 'Bearer very-secret-key\n',
      'pj.yaml': `agent:\n  telemetry:\n    endpoint: "${collector.url}"\n    headers: { Authorization: { file: secrets/key.txt }, x-scope-orgid: shop }\n`,
    });
    await scratch.ok(['apply', '--auto-approve'], { OTEL_METRIC_EXPORT_INTERVAL: '300' });
    const of = (path: string) => collector.requests.filter((request) => request.path === path);
    await until('metrics', () => of('/v1/metrics').length > 0);
    expect(of('/v1/traces').length).toBeGreaterThan(0);
    for (const { headers } of collector.requests)
      expect(headers).toMatchObject({ authorization: 'Bearer very-secret-key', 'x-scope-orgid': 'shop' });
    expect(JSON.parse(scratch.read('.pj/agent/config.json'))).toMatchObject({
      agent: { telemetry: { headers: { Authorization: { file: 'secrets/key.txt' }, 'x-scope-orgid': 'shop' } } },
    });
    const kept = readdirSync(join(scratch.dir, '.pj'), { recursive: true, withFileTypes: true });
    for (const file of kept.filter((one) => one.isFile()))
      expect(readFileSync(join(file.parentPath, file.name), 'latin1'), file.name).not.toContain('very-secret-key');
    const { stdout } = await scratch.ok(['agent', 'status', '--json']);
    expect(stdout).not.toContain('very-secret-key');

    scratch.write({ 'pj.yaml': scratch.read('pj.yaml').replace('key.txt', 'later.txt') });
    const { stderr } = await scratch.ok(['apply', '--auto-approve']);
    expect(stderr).toContain('the header Authorization cannot be had');
    await until('it is told', () =>
      scratch.read('.pj/logs/agent.log').includes('the header Authorization cannot be had'),
    );
    scratch.write({ 'secrets/later.txt': 'another' });
    const another = () => of('/v1/metrics').some(({ headers }) => headers['authorization'] === 'another');
    await until('it is asked for again', another, 60_000);
  });

  it('a key in clear in pj.yaml is refused and not shown', async () => {
    const scratch = project({
      'pj.yaml': 'agent:\n  telemetry: { endpoint: "http://c:4318", headers: { X-Api-Key: very-secret-key } }\n',
    });
    const { code, stdout, stderr } = await scratch.pj(['validate']);
    expect(code).not.toBe(0);
    expect(stdout + stderr).toContain('PJ1012');
    expect(stdout + stderr).not.toContain('very-secret-key');
    expect(existsSync(join(scratch.dir, '.pj/agent/config.json'))).toBe(false);
  });

  it('an endpoint for all signals takes no log anywhere', async () => {
    await collector.open();
    const scratch = project({
      'one.yaml': native('one', COUNTER),
      'pj.yaml': `agent:\n  telemetry: { endpoint: "${collector.url}" }\n`,
    });
    await scratch.ok(['apply', '--auto-approve'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_METRIC_EXPORT_INTERVAL: '300',
      OTEL_BLRP_SCHEDULE_DELAY: '100',
    });
    const exports = () => collector.requests.filter(({ path }) => path === '/v1/metrics').length;
    // Lines would have gone out each 100 ms.
    await until('metrics again and again', () => exports() > 8);
    expect(collector.spans.map(({ name }) => name)).toContain('pj apply');
    expect(collector.requests.filter(({ path }) => path === '/v1/logs')).toEqual([]);
  });
});
