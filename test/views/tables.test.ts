import { describe, expect, it } from 'vitest';
import type { Snapshot, WorkloadRecord } from '../../src/model/record.ts';
import { DEFAULT_LIFECYCLE } from '../../src/model/workload.ts';
import { driftToJson, driftToText } from '../../src/views/drift-text.ts';
import { lossLines, snapshotTable } from '../../src/views/snapshot-text.ts';
import { stateToJson } from '../../src/views/state-json.ts';
import { stateList, stateToMarkdown, stateToText } from '../../src/views/state-text.ts';
import { statusToText } from '../../src/views/status-table.ts';
import { minutesAgo, NOW, richPlan, secret, spec } from './plan-fixtures.ts';

const screen = { width: 100, now: NOW };

describe('pj status', () => {
  it('is a line a workload, what is unknown is a dash, and says below why one is not well', () => {
    const text = statusToText(
      [
        {
          id: 'api',
          kind: 'native',
          state: 'RUNNING',
          health: 'healthy',
          since: minutesAgo(5),
          address: '127.0.0.1',
          restarts: 0,
          cpu: 0.021,
          memory: 54_525_952,
        },
        {
          id: 'web-0',
          kind: 'native',
          state: 'FAILED',
          health: 'unhealthy',
          since: minutesAgo(0.5),
          detail: 'exited 1',
          lastError: 'exited 1',
        },
        { id: '字', kind: 'external', state: 'DEPLOYED', health: 'none' },
      ],
      screen,
    );
    expect(text).toMatchInlineSnapshot(`
      "ID     KIND      STATE     HEALTH     SINCE  RESTARTS   CPU  MEMORY  ADDRESS
      api    native    RUNNING   healthy    5 min         0  0.02  52 MiB  127.0.0.1
      web-0  native    FAILED    unhealthy   30 s         -     -       -  -
      字     external  DEPLOYED  -              -         -     -       -  -

      web-0: exited 1
      "
    `);
    expect(statusToText([], screen)).toBe('Nothing is applied here yet.\n');
  });
});

describe('pj status of what somebody stopped', () => {
  it('tells who and when in place of how its process ended', () => {
    const text = statusToText(
      [
        {
          id: 'web',
          kind: 'native',
          state: 'STOPPED',
          health: 'none',
          detail: 'exited 143 (SIGTERM)',
          imperative: { command: 'pj stop', at: minutesAgo(2) },
        },
      ],
      screen,
    );
    expect(text).toContain('\nweb: stopped by pj stop 2 min ago\n');
    expect(text).not.toContain('143');
  });
});

describe('pj status on a narrow terminal', () => {
  const row = (id: string) => ({
    id,
    kind: 'native' as const,
    state: 'RUNNING',
    health: 'none' as const,
    since: minutesAgo(5),
    address: '127.0.0.1',
    cpu: 0.02,
  });
  const long = (n: number) => `a-workload-with-quite-a-long-name-of-its-own-${n}`;

  it('leaves out columns and then shortens ids in their middle, so that no line is too wide', () => {
    for (const width of [30, 40, 60, 80]) {
      const text = statusToText([row(long(0)), row(long(1))], { ...screen, width });
      const lines = text.trimEnd().split('\n');
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      expect(new Set(lines).size).toBe(lines.length);
      expect(text).toContain('RUNNING');
    }
    expect(statusToText([row('web')], { ...screen, width: 60 })).toContain('ADDRESS');
  });

  it('leaves nothing out where it is no screen', () => {
    const text = statusToText([row(long(0))], { ...screen, width: Number.POSITIVE_INFINITY });
    expect(text).toContain(long(0));
    expect(text).toContain('ADDRESS');
  });
});

describe('pj drift', () => {
  it('names each, says what changed, how and when', async () => {
    const text = await driftToText(richPlan().drift, screen);
    expect(text).toContain(
      '  # pj_native.worker has stopped\n  # (it died outside pj 3 min ago: exited 137 (SIGKILL))\n',
    );
    expect(text).toContain('          ~ cpu = 2 -> 8\n');
    expect(text).toContain('Drift: 1 changed, 1 stopped, 1 gone.\n');
    expect(await driftToText([], screen)).toBe('No drift. What runs matches what pj applied last.\n');
  });

  it('is the same list for programs', () => {
    const json = driftToJson(richPlan().drift, { timestamp: NOW.toISOString() });
    expect(json.drifted).toBe(true);
    expect(json.resource_drift.map((d) => [d.address, d.change.actions, d.pj.what])).toEqual([
      ['pj_native.cache', ['delete'], 'gone'],
      ['pj_native.db', ['update'], 'changed'],
      ['pj_native.worker', ['update'], 'stopped'],
    ]);
    expect(driftToJson([], { timestamp: NOW.toISOString() }).drifted).toBe(false);
  });
});

const record = (id: string, more: Partial<WorkloadRecord> = {}): WorkloadRecord => ({
  id,
  kind: 'native',
  provider: 'native',
  generation: 1,
  spec: spec({ native: { command: 'node' }, env: { TOKEN: { ...secret('t', 'abcdef0123') } } }),
  handle: { pid: 7, bootId: 'secret-ish' },
  state: 'RUNNING',
  health: 'healthy',
  completed: false,
  desiredState: 'running',
  dependencies: [],
  lifecycle: DEFAULT_LIFECYCLE,
  attributes: { address: '127.0.0.1', pid: 7 },
  createdAt: minutesAgo(60),
  updatedAt: minutesAgo(60),
  ...more,
});
const snapshot: Snapshot = {
  version: 1,
  lineage: 'l',
  serial: 3,
  pjVersion: '0.1.0',
  workloads: {
    web: record('web'),
    db: record('db', { state: 'FAILED', health: 'none', lastError: { code: 'PJ5001', message: 'a|b\u001b[2J' } }),
  },
};

describe('the state', () => {
  it('keeps the shape of attributes that are lists', () => {
    const one = { ...snapshot, workloads: { web: record('web', { attributes: { logFiles: ['/a', '/b'] } }) } };
    expect(stateToText(one, screen)).toContain('# logFiles = [\n#     "/a",\n#     "/b",\n# ]\n');
  });

  it('is shown as blocks, without secrets, digests or handles', () => {
    const text = stateToText(snapshot, screen);
    expect(text).toMatchInlineSnapshot(`
      "# pj_native.db: FAILED, 1 h ago; last error: a|b\\u001b[2J
      # address = "127.0.0.1"
      # pid     = 7
      resource "pj_native" "db" {
          env    = {
              TOKEN = (sensitive value)
          }
          id     = "db"
          native = {
              command = "node"
          }
      }

      # pj_native.web: RUNNING, healthy, 1 h ago
      # address = "127.0.0.1"
      # pid     = 7
      resource "pj_native" "web" {
          env    = {
              TOKEN = (sensitive value)
          }
          id     = "web"
          native = {
              command = "node"
          }
      }
      "
    `);
    expect(text).not.toContain('abcdef');
    expect(stateToText(snapshot, screen, ['web'])).not.toContain('pj_native.db');
    expect(stateToText(undefined, screen)).toBe('The state is empty: nothing is applied here yet.\n');
  });

  it('is JSON in the shape of terraform show, sorted, without secrets, digests or handles', () => {
    const json = stateToJson(snapshot);
    expect(json.values?.root_module.resources.map((r) => [r.address, r.pj.state])).toEqual([
      ['pj_native.db', 'FAILED'],
      ['pj_native.web', 'RUNNING'],
    ]);
    expect(json.values?.root_module.resources[1]?.sensitive_values).toEqual({ env: { TOKEN: true } });
    expect(JSON.stringify(json)).not.toMatch(/abcdef|bootId/);
    expect(stateToJson(undefined)).toMatchObject({ format_version: '1.0', pj: { lineage: null, serial: 0 } });
  });

  it('is a markdown table and a list of ids', () => {
    expect(stateToMarkdown(snapshot, NOW)).toContain(
      '| `db` | native | FAILED, 1 h ago; last error: a\\|b\\\\u001b\\[2J | 127.0.0.1 | a\\|b\\\\u001b\\[2J |\n',
    );
    expect(stateList(snapshot)).toBe('db\nweb\n');
  });
});

describe('pj snapshot', () => {
  const row = (name: string, minutes: number) => ({
    name,
    createdAt: minutesAgo(minutes),
    memory: true,
    status: 'running' as const,
    current: false,
  });

  it('list is a line a snapshot, with a star at the one that the disks go on from', () => {
    const off = { ...row('clean', 90), memory: false, status: 'stopped' as const, description: 'before\u001b[2J all' };
    expect(snapshotTable([off, { ...row('up', 3), current: true }], screen)).toMatchInlineSnapshot(`
      "   NAME   MADE       MACHINE  HOLDS          DESCRIPTION
         clean  1 h ago    stopped  disks          before\\u001b[2J all
      *  up     3 min ago  running  disks, memory
      "
    `);
  });

  it('revert tells what is lost: since when, and what was made after it', () => {
    expect(lossLines('db', row('up', 90), [row('later', 3)], NOW)).toEqual([
      `up was made 1 h ago, at ${minutesAgo(90)}, when db was running.`,
      'All that db has written to its disks since then is lost, and what it runs now.',
      'Made since then: later.',
    ]);
  });
});
