import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWorkloads } from '../../../../src/agent/awake/metrics/exposition.ts';
import { GROUPS } from '../../../../src/agent/awake/metrics/family.ts';
import { openScrape } from '../../../../src/agent/awake/metrics/scrape.ts';
import { count, emptyTally, type Tally } from '../../../../src/agent/awake/metrics/tally.ts';
import { needs } from '../../../engines/engines.ts';
import { FULL, Ground } from './ground.ts';

let ground: Ground;
let tally: Tally;
beforeEach(() => {
  ground = new Ground();
  tally = emptyTally();
});
afterEach(() => ground.clear());

const scrape = async (query = ''): Promise<string> =>
  (await openScrape(ground.awake(), () => tally)(new URLSearchParams(query))) ?? 'refused';
/** The lines of a family, their labels of project, kind and host left out. */
const series = (text: string, family: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith(`${family}{`) || line.startsWith(`${family} `))
    .map((line) =>
      line.replace(/project="shop",|kind="[a-z]+",host="[^"]*",?|,?project="shop"/g, '').replace(',}', '}'),
    );

function fill(): void {
  for (const kind of ['vm', 'container', 'java', 'native', 'jvm'] as const) {
    ground.add(`my-${kind}`, kind, { spec: { resources: { cpu: 1, memory: 4 << 20 } }, health: 'healthy' }, FULL);
    ground.about.set(`my-${kind}`, { flapping: false });
    const data = { resource: 'cpu', action: 'KILL' };
    count(tally, { at: '', type: 'quota_violated', severity: 'warning', message: '', workload: `my-${kind}`, data });
    count(tally, { at: '', type: 'quota_action', severity: 'warning', message: '', workload: `my-${kind}`, data });
  }
  const apply = { outcome: 'ok', seconds: 2, actions: { create: 2 } };
  count(tally, { at: '', type: 'apply_complete', severity: 'info', message: '', data: apply });
  count(tally, { at: '', type: 'step_failed', severity: 'info', message: '', data: { action: 'start' } });
  ground.drift = { at: '2026-11-29T00:00:00.000Z', workloads: ['my-vm'] };
}

describe('the metrics of workloads', () => {
  it('tell what a sample knows, in base units, and nothing of what it does not', async () => {
    ground.add('web', 'native', {}, { cpuSeconds: 1.5, memory: 2048, startedAt: '2026-11-29T00:00:00.500Z' });
    const text = await scrape();
    expect(series(text, 'pj_workload_cpu_seconds_total')).toEqual([
      'pj_workload_cpu_seconds_total{workload="web"} 1.5',
    ]);
    expect(series(text, 'pj_workload_memory_usage_bytes')).toEqual([
      'pj_workload_memory_usage_bytes{workload="web"} 2048',
    ]);
    expect(series(text, 'pj_workload_start_time_seconds')).toEqual([
      'pj_workload_start_time_seconds{workload="web"} 1795910400.5',
    ]);
    expect(text).not.toContain('pj_workload_threads');
    expect(text).not.toContain('NaN');
  });

  it('serve every family of the architecture document', async () => {
    fill();
    const text = await scrape();
    const named = [
      ...['vm_cpu_time_seconds', 'vm_memory_mb', 'vm_state', 'container_cpu_usage', 'container_memory_mb'],
      ...['container_state', 'app_heap_mb', 'app_thread_count', 'app_cpu_time_seconds', 'process_cpu_usage'],
      ...['process_memory_mb', 'process_state'],
    ];
    for (const name of named) expect(text).toMatch(new RegExp(`^platform_java_${name}\\{`, 'm'));
    expect(series(text, 'platform_java_vm_memory_mb')).toEqual(['platform_java_vm_memory_mb{workload="my-vm"} 2']);
    expect(series(text, 'platform_java_app_heap_mb')).toEqual([
      'platform_java_app_heap_mb{workload="my-java"} 1',
      'platform_java_app_heap_mb{workload="my-jvm"} 1',
    ]);
  });

  it('have one state that is 1', async () => {
    ground.add('web', 'container', { state: 'FAILED' });
    const lines = series(await scrape(), 'pj_workload_state');
    expect(lines).toHaveLength(7);
    expect(lines.filter((line) => line.endsWith(' 1'))).toEqual(['pj_workload_state{workload="web",state="FAILED"} 1']);
  });

  it('tell up from what should run: one that is recorded to run but uses nothing is down', async () => {
    ground.add('lives', 'container', {}, { memory: 1 });
    ground.add('dead', 'container', {}, {});
    ground.add('stopped', 'container', { state: 'STOPPED', desiredState: 'stopped' });
    ground.add('done', 'native', { state: 'STOPPED', completed: true });
    ground.add('net', 'network', {});
    const text = await scrape();
    expect(series(text, 'pj_workload_up').map((line) => line.slice(25))).toEqual([
      ...['lives"} 1', 'dead"} 0', 'stopped"} 0', 'done"} 0'],
    ]);
    expect(series(text, 'pj_workload_should_run').map((line) => line.slice(33))).toEqual([
      ...['lives"} 1', 'dead"} 1', 'stopped"} 0', 'done"} 0'],
    ]);
  });

  it('call nothing down before the first sampling is through', async () => {
    ground.ticks = 1;
    ground.add('web', 'container');
    expect(await scrape()).not.toContain('pj_workload_up');
  });

  it('call nothing up or down whose engine has no answer, and show nothing of what it used', async () => {
    ground.add('web', 'container', { spec: { resources: { cpu: 1 } } });
    ground.add('stopped', 'container', { state: 'STOPPED', desiredState: 'stopped' });
    ground.failures = { 'docker default': 3, libvirt: 0 };
    const text = await scrape();
    expect(series(text, 'pj_workload_up')).toEqual(['pj_workload_up{workload="stopped"} 0']);
    expect(text).not.toMatch(/^(?!pj_workload_quota\{).*workload="web".*\bcpu/m);
    expect(series(text, 'pj_sample_failures_total')).toEqual([
      ...['pj_sample_failures_total{engine="docker default"} 3', 'pj_sample_failures_total{engine="libvirt"} 0'],
    ]);
  });

  it('take health from who watches it, else from the state; none for what has no check', async () => {
    ground.add('a', 'native', { health: 'healthy' });
    ground.about.set('a', { health: 'unhealthy', flapping: true });
    ground.add('b', 'native', { health: 'healthy' });
    ground.add('c', 'native');
    const text = await scrape();
    expect(series(text, 'pj_workload_health')).toEqual([
      ...['pj_workload_health{workload="a"} 0', 'pj_workload_health{workload="b"} 1'],
    ]);
    expect(series(text, 'pj_workload_flapping')).toEqual(['pj_workload_flapping{workload="a"} 1']);
  });

  it('put use in proportion to quotas', async () => {
    const resources = { cpu: 2, memory: 1000, maxThreads: 4, disk: 100 };
    ground.add('a', 'native', { spec: { resources } }, { cpu: 1, workingSet: 1500, threads: 4 });
    expect(series(await scrape(), 'pj_workload_quota_usage_ratio')).toEqual([
      'pj_workload_quota_usage_ratio{workload="a",resource="cpu"} 0.5',
      'pj_workload_quota_usage_ratio{workload="a",resource="memory"} 1.5',
      'pj_workload_quota_usage_ratio{workload="a",resource="threads"} 1',
    ]);
  });

  it('leave out what is no number', async () => {
    ground.add('a', 'native', {}, { cpuSeconds: Number.NaN, memory: Number.POSITIVE_INFINITY, startedAt: 'no date' });
    const text = await scrape('collect[]=workload');
    expect(text).not.toMatch(/NaN|Infinity/);
  });

  it('escape labels, and make labels of tags; two of one name do not break the scrape, a sensitive one is left out', async () => {
    const tags = { 'a-b': 'x"y\\z\nw', a_b: 'second', secret: { $sensitive: 'digest' } as unknown as string };
    ground.add('a', 'native', { spec: { tags, version: '1.2' } });
    const line = series(await scrape(), 'pj_workload_info')[0];
    expect(line).toBe(
      'pj_workload_info{workload="a",provider="native",version="1.2",tag_a_b="x\\"y\\\\z\\nw",tag_a_b_2="second"} 1',
    );
  });

  it('come alone when asked for alone; what there is none of is refused', async () => {
    fill();
    const text = async (group: string): Promise<string[]> => [
      ...new Set((await scrape(`collect[]=${group}`)).match(/^(?:pj_workload|platform_java|pj)_/gm)),
    ];
    expect(await text('workload')).toEqual(['pj_workload_']);
    expect(await text('document')).toEqual(['platform_java_']);
    expect(await text('pj')).toEqual(['pj_']);
    expect(await scrape('collect[]=nothing')).toBe('refused');
  });

  it('are made once for a record, anew for another one', async () => {
    const record = ground.add('a', 'native', {}, FULL);
    const render = openScrape(ground.awake(), () => tally);
    await render(new URLSearchParams());
    ground.records = [{ ...record, id: 'b' }];
    expect(await render(new URLSearchParams())).toContain('pj_workload_state{project="shop",workload="b"');
  });
});

describe("pj's own metrics", () => {
  it('are asked for once a scrape, whatever is scraped', async () => {
    fill();
    const render = openScrape(ground.awake(), () => tally);
    await render(new URLSearchParams());
    expect(ground.asked).toBe(1);
    await render(new URLSearchParams('collect[]=pj'));
    expect(ground.asked).toBe(2);
  });

  it('have a zero of every end that an apply can have from the start, so that the first is an increase', async () => {
    const text = await scrape('collect[]=pj');
    for (const outcome of ['ok', 'none', 'partial', 'failed', 'interrupted', 'error'])
      expect(text).toContain(`pj_apply_duration_seconds_count{outcome="${outcome}",project="shop"} 0\n`);
  });

  it('count what the events told', async () => {
    fill();
    const text = await scrape('collect[]=pj');
    expect(text).toContain('pj_apply_duration_seconds_bucket{le="1",outcome="ok",project="shop"} 0\n');
    expect(text).toContain('pj_apply_duration_seconds_bucket{le="2.5",outcome="ok",project="shop"} 1\n');
    expect(text).toContain('pj_apply_duration_seconds_bucket{le="+Inf",outcome="ok",project="shop"} 1\n');
    expect(text).toContain('pj_apply_duration_seconds_sum{outcome="ok",project="shop"} 2\n');
    expect(text).toContain('pj_plan_actions_total{action="create",project="shop"} 2\n');
    expect(text).toContain('pj_steps_total{action="start",outcome="failed",project="shop"} 1\n');
    expect(text).toContain('pj_agent_actions_total{action="kill",project="shop"} 5\n');
    expect(text).toContain('pj_drift_detected{project="shop"} 1\n');
    expect(text).toContain('pj_samples_missed_total{project="shop"} 3\n');
    expect(text).toContain('pj_sampling_jitter_seconds{project="shop"} 0.012\n');
  });

  it('are the same at a second scrape, and do not tell of drift where nobody looks', async () => {
    const render = openScrape(ground.awake(), () => tally);
    fill();
    const pj = new URLSearchParams('collect[]=pj');
    const still = (text: string | undefined) => text?.replace(/^pj_agent_(?:cpu|resident).*\n/gm, '');
    expect(still(await render(pj))).toBe(still(await render(pj)));
    ground.drift = undefined;
    expect(await render(pj)).not.toMatch(/^pj_drift_detected/m);
  });
});

it('a family without a series is not told of', () => {
  expect(writeWorkloads([], tally, new Set(GROUPS))).toBe('');
});

needs('prometheus')('promtool check metrics', ({ prometheus }) => {
  const check = (input: string): { code: number | null; said: string[] } => {
    const { status, stderr, stdout } = spawnSync(prometheus.promtool, ['check', 'metrics'], {
      input,
      encoding: 'utf8',
    });
    return { code: status, said: `${stdout}${stderr}`.trim().split('\n') };
  };

  it("is clean for all of pj's own names", async () => {
    fill();
    expect(check(await scrape('collect[]=workload&collect[]=pj'))).toEqual({ code: 0, said: [''] });
  });

  it('complains of nothing else than the unit in four names of the architecture document', async () => {
    fill();
    const { said } = check(await scrape());
    expect(said.sort()).toEqual(
      ['app_heap_mb', 'container_memory_mb', 'process_memory_mb', 'vm_memory_mb'].map(
        (name) => `platform_java_${name} metric names should not contain abbreviated units`,
      ),
    );
  });
});
