import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDotEnv } from '../../src/compose/environment.ts';
import { interpolate } from '../../src/compose/interpolate.ts';
import { parseTemplate, printTemplate } from '../../src/descriptors/template-syntax.ts';

const VALUES: Record<string, string> = { SET: 'value', EMPTY: '', WITH: 'a${b}$c' };

function filled(text: string, secrets: string[] = []) {
  return interpolate(text, {
    find: (name) => (VALUES[name] === undefined ? undefined : { value: VALUES[name], from: 'environment' }),
    secret: (name) => (secrets.includes(name) ? name : undefined),
  });
}

describe('variables of Compose', () => {
  it.each([
    ['$SET', 'value'],
    ['a${SET}b', 'avalueb'],
    ['${NONE}', ''],
    ['${NONE:-d}', 'd'],
    ['${EMPTY:-d}', 'd'],
    ['${EMPTY-d}', ''],
    ['${NONE-d}', 'd'],
    ['${SET:-d}', 'value'],
    ['${SET:+alt}', 'alt'],
    ['${EMPTY:+alt}', ''],
    ['${EMPTY+alt}', 'alt'],
    ['${NONE+alt}', ''],
    ['${SET:?why}', 'value'],
    ['${EMPTY?why}', ''],
    ['${NONE:-${EMPTY:-${SET}}}', 'value'],
    ['${NONE:-a:b/c}', 'a:b/c'],
    ['$$SET', '$SET'],
    ['$${SET}', '${SET}'],
    ['$$$SET', '$value'],
    ['${WITH}', 'a${b}$c'],
    ['no variable at all', 'no variable at all'],
    ['', ''],
  ])('%s is %s', (text, expected) => {
    expect(filled(text)).toEqual([expected]);
  });

  it.each([
    ['${NONE:?set it}', { type: 'required', name: 'NONE', message: 'set it' }],
    ['${EMPTY:?}', { type: 'required', name: 'EMPTY', message: '' }],
    ['${', { type: 'syntax' }],
    ['${SET', { type: 'syntax' }],
    ['${1}', { type: 'syntax' }],
    ['${SET!}', { type: 'syntax' }],
    ['costs 5$', { type: 'syntax' }],
  ])('%s is refused', (text, fault) => {
    expect(filled(text)).toMatchObject(fault);
  });

  it.each(['$PW', '${PW}', '${PW:-changeme}', '${PW:?set it}', '${PW-x}'])(
    '%s stays a reference to a secret',
    (text) => {
      const pieces = filled(`<${text}>`, ['PW']);
      expect(Array.isArray(pieces) && printTemplate(pieces)).toBe('<${secret.PW}>');
    },
  );

  it('of any text, escaped, gives that text, and a descriptor reads it as that again', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', ' ', '\\', '\n', 'é') }), (text) => {
        const pieces = filled(text.replaceAll('$', '$$$$'));
        expect(pieces).toEqual([text]);
        expect(parseTemplate(printTemplate([text]))).toEqual([text]);
      }),
      { numRuns: 500 },
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', 'A', ':', '-', '?', '+', 'é') }), (text) => {
        const pieces = filled(text, ['A']);
        expect(Array.isArray(pieces) || pieces.raw.length > 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('.env', () => {
  it('is read as Compose reads it', () => {
    const text = [
      '# a comment',
      'PLAIN=a b',
      'export EXPORTED=1',
      `SINGLE='as $it is # all'`,
      'DOUBLE="line\\none $PLAIN"',
      'BEHIND=value # comment',
      'HASH=a#b',
      'EMPTY=',
      'USES=${PLAIN}-${NONE:-d}',
      '  SPACED = x  ',
      'no assignment',
    ].join('\n');
    expect(Object.fromEntries(readDotEnv(text))).toEqual({
      PLAIN: 'a b',
      EXPORTED: '1',
      SINGLE: 'as $it is # all',
      DOUBLE: 'line\none a b',
      BEHIND: 'value',
      HASH: 'a#b',
      EMPTY: '',
      USES: 'a b-d',
      SPACED: 'x',
    });
  });
});
