import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import { PjError } from '../../src/errors.ts';
import { diagnosticsToJson, diagnosticText, warningText } from '../../src/views/diagnostic.ts';
import { NOW } from './plan-fixtures.ts';

const screen = { width: 80, now: NOW };
const frame = '  1 | applicationId: web\n> 2 | nativ: x\u001b[2J\n    | ^^^^^\n';
const one = new PjError(
  'PJ9001',
  { what: 'unknown key nativ' },
  { places: [{ file: 'web.yaml', line: 2, column: 1 }], frames: [frame], advice: 'Did you mean native?' },
);
const other = new PjError('PJ9001', { what: 'another' }, { advice: 'Mend it.' });

describe('an error', () => {
  it('says what, where, with its code frame, and how to mend it', () => {
    expect(diagnosticText(one, screen)).toBe(
      [
        'Error: internal error: unknown key nativ (PJ9001)',
        '  on web.yaml:2:1',
        '',
        '    1 | applicationId: web',
        '  > 2 | nativ: x\\u001b[2J',
        '      | ^^^^^',
        '',
        '  Did you mean native?',
      ].join('\n'),
    );
  });

  it('of several shows each, and the count', () => {
    const all = new PjError('PJ9001', { what: 'two errors' }, { others: [one, other] });
    const text = diagnosticText(all, screen);
    expect(text).not.toContain('two errors');
    expect(text).toContain('Error: internal error: another (PJ9001)\n  Mend it.\n\n2 errors.');
  });

  it('wraps a long hint, indented', () => {
    const long = new PjError('PJ9001', { what: 'x' }, { advice: 'word '.repeat(40).trim() });
    const lines = diagnosticText(long, screen).split('\n').slice(1);
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) expect(line).toMatch(/^ {2}word/);
  });

  it('is coloured only by the chalk that it is given', () => {
    expect(diagnosticText(other, { ...screen, chalk: new Chalk({ level: 1 }) })).toContain(
      '\u001b[31mError:\u001b[39m',
    );
    expect(diagnosticText(other, { ...screen, chalk: new Chalk({ level: 0 }) })).not.toContain('\u001b');
  });

  it('has the shape of terraform validate for programs', () => {
    const json = diagnosticsToJson([one, other], [{ code: 'PJ1', message: 'hm', workload: 'web' }]);
    expect(json).toMatchObject({ format_version: '1.0', valid: false, error_count: 2, warning_count: 1 });
    expect(json.diagnostics[0]).toMatchObject({
      severity: 'error',
      summary: 'internal error: unknown key nativ',
      detail: 'Did you mean native?',
      range: { filename: 'web.yaml', start: { line: 2, column: 1 } },
      code: 'PJ9001',
    });
    expect(json.diagnostics[2]).toEqual({
      severity: 'warning',
      summary: 'hm',
      detail: '',
      code: 'PJ1',
      workload: 'web',
    });
    expect(diagnosticsToJson([]).valid).toBe(true);
  });
});

describe('a warning', () => {
  it('is one line with its workload and code', () => {
    expect(warningText({ code: 'PJ5000', message: 'memory is not held', workload: 'web' }, screen)).toBe(
      'Warning: web: memory is not held (PJ5000)',
    );
  });
});
