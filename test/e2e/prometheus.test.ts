import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { EXAMPLES, freePort, Scratch, until } from '../support/pj.ts';

const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).reverse()) await one();
});

/** The example, on ports of its own. */
async function example(): Promise<{ pj: Scratch; web: string }> {
  const pj = Scratch.example('observability');
  undo.push(() => pj.cleanUp());
  const port = await freePort();
  pj.env = { ...pj.env, PJ_VAR_port: String(port) };
  pj.write({ 'pj.yaml': pj.read('pj.yaml').replace('port: 9464', 'port: 0') });
  return { pj, web: `http://127.0.0.1:${port}` };
}

/** Where the agent serves its metrics, as its log tells. */
const served = (pj: Scratch): Promise<string> =>
  until('the metrics', () =>
    pj
      .read('.pj/logs/agent.log')
      .match(/metrics: served on (\S+)/g)
      ?.at(-1)
      ?.split(' ')
      .at(-1),
  );

/** A Prometheus that scrapes that twice a second; gives a way to ask it. */
async function scraping(server: string, metrics: string): Promise<(query: string) => Promise<Answer[]>> {
  const dir = mkdtempSync(join(tmpdir(), 'pj-prometheus-'));
  undo.push(() => rmSync(dir, { recursive: true, force: true }));
  cpSync(join(EXAMPLES, 'observability/prometheus'), dir, { recursive: true });
  const config = readFileSync(join(dir, 'prometheus.yml'), 'utf8')
    .replaceAll('_interval: 5s', '_interval: 500ms')
    .replace('127.0.0.1:9464', new URL(metrics).host);
  writeFileSync(join(dir, 'prometheus.yml'), config);
  const port = await freePort();
  const flags = [`--config.file=${dir}/prometheus.yml`, `--storage.tsdb.path=${dir}/data`, '--log.level=warn'];
  const started = spawn(server, [...flags, `--web.listen-address=127.0.0.1:${port}`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  undo.push(() => ended(started));
  let said = '';
  started.stderr.on('data', (data) => (said += data));
  const base = `http://127.0.0.1:${port}`;
  const answer = (path: string) =>
    fetch(`${base}${path}`, { signal: AbortSignal.timeout(10_000) }).catch(() => undefined);
  await until(
    'Prometheus',
    async () => {
      if (started.exitCode !== null) throw new Error(`Prometheus ended: ${said}`);
      return (await answer('/-/ready'))?.ok;
    },
    60_000,
  );
  return async (query) => {
    const got = await answer(`/api/v1/query?query=${encodeURIComponent(query)}`);
    const body = (await got?.json()) as { status: string; error?: string; data?: { result: Answer[] } } | undefined;
    if (body?.status === 'error') throw new Error(`${query}: ${body.error}`);
    return body?.data?.result ?? [];
  };
}

interface Answer {
  metric: Record<string, string>;
  value: [number, string];
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((gone) => child.once('exit', gone));
  child.kill('SIGKILL');
  await exit;
}

needs('prometheus')('a real Prometheus', ({ prometheus }) => {
  it('scrapes the agent and answers what workloads do; counters go on over a kill -9 of the agent', async () => {
    const { pj, web } = await example();
    await pj.ok(['apply', '--auto-approve']);
    const metrics = await served(pj);
    const ask = await scraping(prometheus.server, metrics);
    const [up] = await until('a scrape', async () => {
      const found = await ask('up{job="pj"} == 1');
      return found.length > 0 ? found : undefined;
    });
    expect(up?.metric['instance']).toBe(new URL(metrics).host);
    const running = await until('both workloads to be up', async () => {
      const found = await ask('pj_workload_up{project="observability"} == 1');
      return found.length === 2 ? found : undefined;
    });
    expect(running.map(({ metric }) => metric['workload']).sort()).toEqual(['web', 'worker']);
    expect(running[0]?.metric).toMatchObject({ kind: 'native', project: 'observability', host: expect.any(String) });

    // It spins, and Prometheus sees that.
    await fetch(`${web}/spin`);
    await until(
      'the CPU of the spinning service',
      async () => (await ask('platform_java_process_cpu_usage{workload="web"} > 0.25')).length === 1,
      60_000,
    );
    const [info] = await ask('pj_workload_info{workload="web"}');
    expect(info?.metric).toMatchObject({ version: '1.0', tag_team: 'shop', provider: 'native' });
    const applies = async (): Promise<number> => {
      const [count] = await ask('sum(pj_apply_duration_seconds_count)');
      return Number(count?.value[1] ?? 0);
    };
    await until('the apply to be counted', async () => (await applies()) === 1);

    // A new agent goes on with what the one before had counted, also where it was not to know of its end.
    for (const pid of pj.agents()) process.kill(pid, 'SIGKILL');
    await until('the end of the agent', () => pj.agents().length === 0);
    await pj.ok(['apply', '--auto-approve']);
    const again = await until('the metrics of the new agent', async () => {
      const now = await served(pj);
      return now === metrics ? undefined : now;
    });
    const text = await (await fetch(again)).text();
    expect(text).toMatch(/^pj_apply_duration_seconds_count\{outcome="ok",project="observability"\} 1$/m);
    await until('the second apply', async () =>
      /^pj_apply_duration_seconds_count\{outcome="none",project="observability"\} 1$/m.test(
        await (await fetch(again)).text(),
      ),
    );
    const whole = await until('its first sample', async () => {
      const now = await (await fetch(again)).text();
      return now.includes('platform_java_process_memory_mb{') ? now : undefined;
    });
    expect(spawnSync(prometheus.promtool, ['check', 'metrics'], { input: whole, encoding: 'utf8' }).stderr).toBe(
      'platform_java_process_memory_mb metric names should not contain abbreviated units\n',
    );
  });

  it('loads the alerts of the example and fires the one for a workload that is down', async () => {
    const { pj } = await example();
    pj.write({ 'worker.yaml': '# none\n', 'web.yaml': pj.read('web.yaml').replace('policy: always', "policy: 'no'") });
    await pj.ok(['apply', '--auto-approve']);
    const ask = await scraping(prometheus.server, await served(pj));
    await until('it to be up', async () => (await ask('pj_workload_up{workload="web"} == 1')).length === 1);
    for (const { pid } of pj.processes()) process.kill(pid, 'SIGKILL');
    // It would fire after a minute: pending is what it is now.
    await until(
      'the alert',
      async () => {
        return (await ask('ALERTS{alertname="PjWorkloadDown",workload="web",alertstate="pending"}')).length === 1;
      },
      60_000,
    );
  });
});
