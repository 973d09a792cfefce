import { describe, expect, it } from 'vitest';
import type { TopLook, TopWorkload } from '../../src/model/top.ts';
import { showsUnicode, sparkline } from '../../src/views/sparkline.ts';
import { topFrame, topToText } from '../../src/views/top-text.ts';
import { emptyTop, keyTop, seenTop, sortedTop, type TopView, topToJson } from '../../src/views/top-view.ts';
import { columns } from '../../src/views/width.ts';
import { keepsTo } from './schema.ts';

const MIB = 1 << 20;
const web: TopWorkload = {
  id: 'web',
  kind: 'container',
  state: 'RUNNING',
  health: 'healthy',
  cpu: 0.48,
  cpuQuota: 0.5,
  memory: 96 * MIB,
  memoryLimit: 128 * MIB,
  networkReceivedRate: 2048,
  networkSentRate: 100.4,
  diskReadRate: 0,
  diskWrittenRate: 5 * MIB,
  threads: 12,
  restarts: 2,
};
const vm: TopWorkload = { id: 'db', kind: 'vm', state: 'RUNNING', health: 'none', cpu: 1.25, memory: 512 * MIB };
const off: TopWorkload = { id: 'job\u001b[2J', kind: 'native', state: 'FAILED', health: 'unhealthy', flapping: true };
const look = (workloads: TopWorkload[], more: Partial<TopLook> = {}): TopLook => ({
  at: '2026-11-29T10:00:00.000Z',
  source: 'agent',
  notes: [],
  host: { cpus: 4, cpu: 2, memory: 8 * 1024 * MIB, memoryUsed: 2 * 1024 * MIB, load: [1, 0.5, 0.25] },
  workloads,
  ...more,
});
const view = (workloads: TopWorkload[], more: Partial<TopView> = {}): TopView => ({
  ...seenTop(emptyTop('cpu'), look(workloads)),
  ...more,
});
const OPTIONS = { unicode: true, title: 'shop', interval: 1000 };

describe('a sparkline', () => {
  it('is the last values at the right, the largest or the given one a full bar, what is unknown a space', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7, 8], 9)).toBe('▁▁▂▃▄▅▆▇█');
    expect(sparkline([1, 2, 3], 2)).toBe('▆█');
    expect(sparkline([undefined, 4], 4)).toBe('   █');
    expect(sparkline([50, 100, 400], 3, { max: 100 })).toBe('▄██');
    expect(sparkline([0, 0], 2)).toBe('▁▁');
    expect(sparkline([Number.NaN, Number.POSITIVE_INFINITY, 1], 3)).toBe('  █');
    expect(sparkline([0, 4, 8], 3, { unicode: false })).toBe('_=#');
    expect(sparkline([1], 0)).toBe('');
  });

  it('is drawn in ASCII where the locale has no more', () => {
    expect(showsUnicode({ LANG: 'C.UTF-8' })).toBe(true);
    expect(showsUnicode({ LC_ALL: 'POSIX', LANG: 'de_DE.utf8' })).toBe(false);
    expect(showsUnicode({})).toBe(false);
  });
});

describe('the table of pj top', () => {
  it('is a line a workload, totals and the host below; what is not known is a dash', () => {
    expect(topToText(view([vm, web, off]), { width: Number.POSITIVE_INFINITY }, true)).toMatchInlineSnapshot(`
      "ID            KIND       STATE    HEALTH     CPU  %QUOTA   MEMORY    LIMIT   RX/s   TX/s  READ/s  WRITE/s  THREADS  RESTARTS
      db            vm         RUNNING  -          1.3       -  512 MiB        -      -      -       -        -        -         -
      web           container  RUNNING  healthy   0.48     96%   96 MiB  128 MiB  2 KiB  100 B     0 B    5 MiB       12         2
      job\\u001b[2J  native     FAILED   flapping     -       -        -        -      -      -       -        -        -         -

      total  3 workloads, 2 running  cpu 1.7  memory 608 MiB  net 2 KiB/s in, 100 B/s out  disk 0 B/s read, 5 MiB/s written  threads 12
      host   cpu 2.0 of 4  memory 2 GiB of 8 GiB  load 1.00 0.50 0.25
      "
    `);
    expect(topToText(view([]), { width: 80 }, true)).toMatch(
      /^Nothing that runs is applied here\.\nhost {3}cpu 2\.0 of 4 /,
    );
  });

  it.each([200, 120, 100, 80, 60, 40, 30])('fits %d columns, and keeps what it is sorted by', (width) => {
    const lines = topToText(view([vm, web, off], { sort: 'disk' }), { width }, true).split('\n');
    const table = lines.slice(0, 4);
    for (const line of table) expect(columns(line)).toBeLessThanOrEqual(width);
    expect(table[0]).toMatch(/^ID/);
    if (width >= 40) expect(table[0]).toContain('WRITE/s');
  });

  it('is sorted with the largest first, what is unknown last either way, ids both ways', () => {
    const ids = (sort: TopView['sort'], reverse: boolean) =>
      sortedTop([off, web, vm], sort, reverse).map(({ id }) => id);
    expect(ids('cpu', false)).toEqual(['db', 'web', off.id]);
    expect(ids('cpu', true)).toEqual(['web', 'db', off.id]);
    expect(ids('network', false)).toEqual(['web', 'db', off.id]);
    expect(ids('id', false)).toEqual(['db', off.id, 'web']);
    expect(ids('id', true)).toEqual(['web', off.id, 'db']);
  });
});

describe('the screen of pj top', () => {
  it('is exactly as high as the window and no wider, whatever the window', () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ ...web, id: `a-workload-with-a-long-name-${i}` }));
    for (const [width, rows] of [
      [200, 50],
      [80, 24],
      [40, 10],
      [24, 5],
      [16, 2],
    ] as const) {
      for (const help of [false, true]) {
        const { lines } = topFrame(view(many, { help }), { width, rows }, OPTIONS);
        expect(lines).toHaveLength(rows);
        for (const line of lines) expect(columns(line), `${width}: ${line}`).toBeLessThanOrEqual(width);
      }
    }
    expect(topFrame(emptyTop('cpu'), { width: 20, rows: 4 }, OPTIONS).lines).toHaveLength(4);
  });

  it('shows trends, notes and which rows are seen; nothing of a name steers the terminal', () => {
    let seen = emptyTop('cpu');
    for (const cpu of [0.1, 0.2, 0.5])
      seen = seenTop(seen, look([{ ...web, cpu }, off, vm], { notes: ['no agent runs'] }));
    const { lines } = topFrame({ ...seen, offset: 1 }, { width: 220, rows: 9 }, OPTIONS);
    const text = lines.join('\n');
    expect(text).toContain('▂▄█ ');
    expect(text).toContain('no agent runs');
    expect(text).toContain('job\\u001b[2J');
    expect(text).toMatch(/2-3 of 3 {2}q quit/);
  });

  it('obeys its keys', () => {
    const many = view(Array.from({ length: 10 }, (_, i) => ({ ...vm, id: `w${i}` })));
    const pressed = (...keys: string[]) =>
      keys.reduce<TopView | undefined>((now, key) => (now === undefined ? now : keyTop(now, key, 4)), many);
    expect(pressed('m')?.sort).toBe('memory');
    expect(pressed('s')?.sort).toBe('memory');
    expect(pressed('r')?.reverse).toBe(true);
    expect(pressed('j', 'down', 'k')?.offset).toBe(1);
    expect(pressed('page-down', 'page-down', 'j')?.offset).toBe(6);
    expect(pressed('G', 'g')?.offset).toBe(0);
    expect(pressed('?')?.help).toBe(true);
    // Any key leaves the help, and does no more.
    expect(pressed('?', 'q')?.help).toBe(false);
    expect(pressed('?', 'ctrl-c')).toBeUndefined();
    expect(pressed('q')).toBeUndefined();
    expect(pressed('x')).toBe(many);
  });
});

describe('pj top for programs', () => {
  it('keeps to schemas/top.json', async () => {
    const keeps = await keepsTo('top');
    keeps(topToJson(look([vm, web, off]), 'cpu'));
    keeps(topToJson(look([], { source: 'command', notes: ['no agent runs'] }), 'id'));
    expect(topToJson(look([vm, web, off]), 'cpu').totals).toMatchObject({ workloads: 3, running: 2, cpu: 1.73 });
  });
});
