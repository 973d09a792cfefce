import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openScrape } from '../../src/agent/awake/metrics/scrape.ts';
import { count, emptyTally } from '../../src/agent/awake/metrics/tally.ts';
import { FULL, Ground } from '../agent/awake/metrics/ground.ts';
import { needs } from '../engines/engines.ts';
import { EXAMPLES } from '../support/pj.ts';

const DIR = join(EXAMPLES, 'observability');
const ROOT = join(EXAMPLES, '..');
const read = (name: string): string => readFileSync(join(DIR, name), 'utf8');

/** Names of pj's families in a text. Prometheus' own suffixes of a histogram belong to its name. */
function named(text: string): string[] {
  // Alerts are named Pj…, and what stands in quotes or after `$` is none.
  const found =
    text.match(/\b(?:pj_(?:workload|apply|plan|drift|lock|sampl|steps|events|agent|quota)|platform_java)\w*/g) ?? [];
  return [
    ...new Set(
      found.map((name) => name.replace(/_(?:bucket|sum|count)$/, (end) => (name.endsWith('thread_count') ? end : ''))),
    ),
  ];
}

describe('what the example asks for', () => {
  let ground: Ground;
  let families: Set<string>;
  beforeEach(async () => {
    ground = new Ground();
    for (const kind of ['vm', 'container', 'java', 'native', 'jvm'] as const) {
      ground.add(kind, kind, { health: 'healthy', spec: { resources: { cpu: 1 } } }, FULL);
      ground.about.set(kind, { flapping: true });
    }
    ground.drift = { at: '2026-11-29T00:00:00Z', workloads: [] };
    const tally = emptyTally();
    const data = { resource: 'cpu', action: 'KILL', outcome: 'ok' };
    for (const type of ['quota_violated', 'quota_action', 'apply_complete'] as const)
      count(tally, { at: '', type, severity: 'info', message: '', workload: 'vm', data });
    const text = (await openScrape(ground.awake(), () => tally)(new URLSearchParams())) ?? '';
    families = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? ''));
  });
  afterEach(() => ground.clear());

  it('is served: every family in the dashboard, in the alerts and in their tests', () => {
    const dashboard = JSON.parse(read('grafana/pj.json')) as { panels: { targets?: { expr: string }[] }[] };
    const asked = dashboard.panels.flatMap(({ targets }) => targets ?? []).map(({ expr }) => expr);
    expect(asked.length).toBeGreaterThan(20);
    for (const expr of asked) expect(named(expr).length, expr).toBeGreaterThan(0);
    for (const text of [
      ...asked,
      read('grafana/pj.json'),
      read('prometheus/pj-alerts.yml'),
      read('prometheus/pj-alerts.test.yml'),
    ]) {
      for (const name of named(text)) expect(families).toContain(name);
    }
  });

  it('is in the guide, and the guide names nothing else', () => {
    const guide = readFileSync(join(ROOT, 'docs/guides/prometheus.md'), 'utf8');
    for (const family of families) expect(guide).toContain(`\`${family}\``);
    for (const name of named(guide)) expect(families).toContain(name);
  });

  it('draws no panel over another', () => {
    const { panels } = JSON.parse(read('grafana/pj.json')) as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)} ${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });
});

needs('prometheus')('promtool', ({ prometheus }) => {
  const promtool = (...args: string[]) =>
    spawnSync(prometheus.promtool, args, { cwd: join(DIR, 'prometheus'), encoding: 'utf8' });
  const clean = (...args: string[]): string => {
    const { status, stdout, stderr } = promtool(...args);
    expect(status, stdout + stderr).toBe(0);
    return stdout;
  };

  it('finds the configuration and the rules right', () => {
    expect(clean('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
    expect(clean('check', 'rules', 'pj-alerts.yml')).toContain('13 rules found');
  });

  it('finds that the alerts fire when they should, every one of them', () => {
    clean('test', 'rules', 'pj-alerts.test.yml');
    const tests = read('prometheus/pj-alerts.test.yml').split(/^ {6}- eval_time/m);
    const alerts = [...read('prometheus/pj-alerts.yml').matchAll(/- alert: (\w+)/g)].map((match) => match[1] ?? '');
    for (const alert of alerts)
      expect(
        tests.some((one) => one.includes(`alertname: ${alert}\n`) && one.includes('exp_labels')),
        alert,
      ).toBe(true);
  });

  it('reads every expression of the dashboard', () => {
    const { panels } = JSON.parse(read('grafana/pj.json')) as { panels: { targets?: { expr: string }[] }[] };
    const filled = panels
      .flatMap(({ targets }) => targets ?? [])
      .map(({ expr }) => expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(?:project|workload)/g, '.*'));
    const rules = filled.map((expr, i) => ({ record: `r${i}`, expr }));
    const dir = mkdtempSync(join(tmpdir(), 'pj-rules-'));
    let stdout: string;
    try {
      writeFileSync(join(dir, 'rules.json'), JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
      stdout = clean('check', 'rules', '--lint=none', join(dir, 'rules.json'));
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
    expect(stdout).toContain(`${rules.length} rules found`);
  });
});
