import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, resourceName } from '../../src/views/address.ts';
import { ageOf, ago, elapsed, took } from '../../src/views/age.ts';
import { withContext } from '../../src/views/line-diff.ts';
import { withValue, withValues } from '../../src/views/overlay.ts';
import { bytes, cores } from '../../src/views/quantity-text.ts';
import { alignSequences } from '../../src/views/sequence-diff.ts';
import { table } from '../../src/views/table.ts';
import { quoted, safe } from '../../src/views/text-safety.ts';
import { columns, truncate, wrap } from '../../src/views/width.ts';
import { minutesAgo, NOW } from './plan-fixtures.ts';

describe('ages and durations', () => {
  it('are told in the unit that fits', () => {
    expect([0, 0.5, 3, 119, 300, 60 * 47, 60 * 49].map((m) => ago(minutesAgo(m), NOW))).toEqual([
      'just now',
      '30 s ago',
      '3 min ago',
      '1 h ago',
      '5 h ago',
      '47 h ago',
      '2 days ago',
    ]);
    expect(ageOf('2999-01-01T00:00:00Z', NOW)).toBe('0 s');
    expect(ago('yesterday', NOW)).toBeUndefined();
    expect([0, 999, 42_000, 70_000, 3_605_000].map(elapsed)).toEqual(['0s', '0s', '42s', '1m10s', '1h0m5s']);
    expect([0, 120.4, 3210, 9949, 42_000].map(took)).toEqual(['0ms', '120ms', '3.2s', '9.9s', '42s']);
    expect([900, 1536, 536_870_912, 1e15].map(bytes)).toEqual(['900 B', '1.5 KiB', '512 MiB', '909 TiB']);
    expect([0.018, 1.52, 12.3].map(cores)).toEqual(['0.02', '1.5', '12']);
  });
});

describe('addresses', () => {
  it('are Terraform names, and never the same for two ids', () => {
    expect(address('native', 'web-0')).toBe('pj_native.web-0');
    expect(resourceName('shop.web')).toBe('shop__web');
    expect(resourceName('1st')).toBe('_1st');
    const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,5}$/);
    const clash = fc.stringMatching(/^[a0][a0._-]{0,4}$/);
    fc.assert(
      fc.property(fc.oneof(id, clash), fc.oneof(id, clash), (a, b) => {
        expect(resourceName(a)).toMatch(/^[A-Za-z_][A-Za-z0-9_-]*$/);
        if (a !== b) expect(resourceName(a)).not.toBe(resourceName(b));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('text', () => {
  it('is made safe for a terminal', () => {
    expect(safe('a\u001b[31m\r\n\t\u009b\u202e')).toBe('a\\u001b[31m\\r\\n\\t\\u009b\\u202e');
    expect(quoted('say "hi" \\ \n字')).toBe('"say \\"hi\\" \\\\ \\n字"');
  });

  it('is cut and wrapped by columns, not by characters', () => {
    expect(truncate('字字字字', 7)).toBe('字字...');
    expect(truncate('abc', 3)).toBe('abc');
    expect(truncate('abcd', 2)).toBe('..');
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 20 }), (text, width) => {
        expect(columns(truncate(safe(text), width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('stands in aligned columns', () => {
    const rows = [
      ['字', '1', 'x'.repeat(50)],
      ['ab', '22', 'y'],
    ];
    expect(table([{ title: 'A' }, { title: 'N', align: 'right' }, { title: 'T' }], rows, { width: 20 })).toEqual([
      'A    N  T',
      '字   1  xxxxxxxxx...',
      'ab  22  y',
    ]);
  });
});

describe('lists', () => {
  it('are aligned so that both can be read back', () => {
    const list = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const pairs = alignSequences(before, after, (item) => item);
        expect(pairs.flatMap((p) => (p.type === 'added' ? [] : p.before))).toEqual(before);
        expect(pairs.flatMap((p) => (p.type === 'removed' ? [] : p.after))).toEqual(after);
      }),
    );
    const huge = Array.from({ length: 3000 }, (_, i) => `a${i}`);
    expect(
      alignSequences(
        huge,
        huge.map((x) => `${x}!`),
        (item) => item,
      ),
    ).toHaveLength(6000);
  });

  it('of diff lines keep the context of changes only', () => {
    const lines = ['1', '2', '3', '4', '5'].map((text) => ({
      symbol: text === '4' ? ('+' as const) : (' ' as const),
      text,
    }));
    expect(withContext(lines, 1)).toEqual([{ hidden: 2 }, lines[2], lines[3], lines[4]]);
    expect(withContext(lines, 0)).toEqual([{ hidden: 3 }, lines[3], { hidden: 1 }]);
  });
});

describe('a value laid over a document', () => {
  it('is set or removed at its pointer, the rest is shared', () => {
    const document = { a: { b: 1 }, l: ['x', 'y', 'z'], s: { t: 1 } };
    expect(withValue(document, '/a/c/d', 2)).toEqual({ ...document, a: { b: 1, c: { d: 2 } } });
    expect(withValue(document, '/l/1', undefined)).toMatchObject({ l: ['x', 'z'] });
    expect(withValue(document, '/l/9', 'far')).toEqual(document);
    expect(
      withValues(
        document,
        ['/l/0', '/l/2'].map((path) => ({ path, value: undefined })),
      ),
    ).toMatchObject({ l: ['y'] });
    expect(document.l).toEqual(['x', 'y', 'z']);
  });
});
