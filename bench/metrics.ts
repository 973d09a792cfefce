import { mkdirSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { Gauge, Registry } from 'prom-client';
import { openActivity } from '../src/activity/log.ts';
import type { Awake } from '../src/agent/awake/contract.ts';
import { openScrape } from '../src/agent/awake/metrics/scrape.ts';
import { serveMetrics } from '../src/agent/awake/metrics/server.ts';
import { emptyTally } from '../src/agent/awake/metrics/tally.ts';
import type { Sample } from '../src/model/awake.ts';
import type { WorkloadRecord } from '../src/model/record.ts';
import { median } from './measure.ts';
import { figureRow, type Row, ratioRow } from './report.ts';
import type { Bench } from './run.ts';

const WORKLOADS = 1_000;

/** `/metrics` of 1,000 workloads, over HTTP, against the same number of series in prom-client's own registry. */
export async function metricsGroup(bench: Bench): Promise<Row[]> {
  const project = join(bench.scratch, 'metrics');
  mkdirSync(join(project, '.pj', 'agent'), { recursive: true });
  const failed: unknown[] = [];
  const render = openScrape(watchOf(project), emptyTally);
  const server = await serveMetrics({ host: '127.0.0.1', port: 0 }, render, (error) => failed.push(error));
  try {
    const rounds = bench.quick ? 11 : 41;
    const [times, theirs]: [number[], number[]] = [[], []];
    let series = 0;
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      const text = await got(server.url);
      times.push(performance.now() - began);
      series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
      theirs.push(await promClient(series));
    }
    if (failed.length > 0) throw failed[0];
    const what = `/metrics of ${WORKLOADS.toLocaleString('en')} workloads, ${series.toLocaleString('en')} series`;
    return [
      figureRow(`\`${what}\`, over HTTP`, median(times.slice(1)), 50, 'ms'),
      ratioRow(
        'that against as many series in a registry of prom-client',
        median(times.slice(1)),
        median(theirs.slice(1)),
        0.5,
      ),
    ];
  } finally {
    await server.close();
  }
}

/** The body, taken up as cheaply as can be: whoever scrapes is another process. */
function got(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    }).on('error', reject);
  });
}

/** ms for prom-client to take up and write as many series. */
async function promClient(series: number): Promise<number> {
  const registry = new Registry();
  const families = Math.ceil(series / WORKLOADS);
  const gauges = Array.from({ length: families }, (_, i) => {
    const labelNames = ['project', 'workload', 'kind', 'host'];
    return new Gauge({ name: `family_${i}`, help: 'Of a workload.', labelNames, registers: [registry] });
  });
  const began = performance.now();
  for (const gauge of gauges) {
    for (let i = 0; i < WORKLOADS; i++)
      gauge.set({ project: 'bench', workload: `web-${i}`, kind: 'native', host: 'here' }, i);
  }
  await registry.metrics();
  return performance.now() - began;
}

/** A watch over workloads that run nowhere, whose samples know everything. */
function watchOf(project: string): Awake {
  const at = '2026-11-29T00:00:00.000Z';
  const records = Array.from({ length: WORKLOADS }, (_, i) => recordOf(`web-${i}`, at));
  const samples = new Map<string, Sample>(
    records.map(({ id }, i) => [
      id,
      {
        ...{
          at,
          cpu: i / 3,
          cpuSeconds: i * 1.1,
          throttledSeconds: i / 7,
          cpuLimit: 2,
          memory: 1e9 + i,
          workingSet: 1e8 + i,
        },
        ...{ memoryLimit: 2 ** 31, threads: i, processes: 1, diskRead: i * 4096, diskWritten: i * 512, diskUsed: i },
        ...{ networkReceived: i * 100, networkSent: i * 99, restarts: 0, oomKills: 0, startedAt: at },
      },
    ]),
  );
  const watched = new Map(records.map((record) => [record.id, { record, instance: 'i' }]));
  const none = () => Promise.reject(new Error('not in this bench'));
  return {
    ...{ project, name: 'bench', config: {}, watched, samples, busy: false, booting: false },
    activity: openActivity(project, () => new Date()),
    status: () => ({
      sampling: { interval: 1, ticks: 100, missed: 0, jitterP99: 1 },
      workloads: records.map(({ id }) => ({ id, health: 'healthy' as const, flapping: false })),
    }),
    ...{ provider: none, act: none, keep: () => ({ read: () => undefined, write: () => undefined }) },
    ...{ now: () => new Date(), monotonic: () => performance.now(), random: Math.random, log: () => undefined },
  };
}

function recordOf(id: string, at: string): WorkloadRecord {
  return {
    ...{ id, kind: 'native', provider: 'native', generation: 1, handle: {}, state: 'RUNNING', health: 'healthy' },
    spec: { version: '1', tags: { team: 'bench' }, resources: { cpu: 2, memory: 2 ** 31 } },
    ...{ completed: false, desiredState: 'running', dependencies: [], attributes: {}, createdAt: at, updatedAt: at },
    lifecycle: { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [], replaceOn: [], rollback: false },
  };
}
