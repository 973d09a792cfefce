import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { readPlainYaml } from '../../src/descriptors/plain-yaml.ts';

/** What the real parser says; undefined when it finds fault. */
function real(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', merge: true, prettyErrors: false, logLevel: 'silent' });
  return document.errors.length + document.warnings.length > 0 ? undefined : document.toJS();
}

test.each([
  'a: 1\nb: two words\nc:\n  d: [x, "y z", 3]\n  e: { f: true, g: [] }\n',
  'list:\n- a\n- b: 1\n  c: 2\n-  d: x\n   e: y\nafter: 1',
  'a:\nb:\n  # comment\n  c: 8080:80 # trailing\n',
  '---\nurl: http://127.0.0.1:80/x?y=#z\nt: ${var.x}/y\nm: 512MiB\nip: 10.0.0.1\n',
  'q: \'single\'\nr: "double # no comment"\n',
])('reads what is plain as the real parser does', (text) => {
  expect(readPlainYaml(text)).toEqual(real(text));
  expect(readPlainYaml(text)).toBeDefined();
});

test.each([
  'a: &x 1\nb: *x\n',
  'a: |\n  text\n',
  'a: 012\n',
  'a: 1e3\n',
  'a: 0x1f\n',
  'a: "\\n"\n',
  "a: 'it''s'\n",
  'a: one\n  two\n',
  'a: 1\na: 2\n',
  'a: b: c\n',
  '\ta: 1\n',
  'a: [1,\n  2]\n',
  'a: !tag x\n',
  '<<: {a: 1}\n',
  'a: [${x}]\n',
  '- a\n',
  'just text\n',
  '',
  'a: .inf\n',
  'a: 1\r\nb: 2\r\n',
])('leaves %j to the real parser', (text) => {
  expect(readPlainYaml(text)).toBeUndefined();
});

/** Bits of YAML, nasty ones too, thrown together. */
const bit = fc.constantFrom(
  ...[
    'a',
    'b',
    'key',
    'true',
    'null',
    '~',
    'No',
    '1',
    '-1',
    '-0',
    '0',
    '00',
    '0x1',
    '0o7',
    '1.5',
    '.5',
    '1.',
    '1e3',
    '+1',
    '1_000',
    '1:2',
    '2001-01-01',
  ],
  ...[
    '-',
    '- ',
    '--',
    '---',
    '...',
    '?',
    '? ',
    ':',
    ': ',
    ' :',
    '#',
    ' #',
    '# ',
    '[',
    ']',
    '{',
    '}',
    ',',
    ', ',
    '&a',
    '*a',
    '!',
    '!x',
    '|',
    '>',
    '%',
    '@',
    '`',
  ],
  ...[
    '"',
    "'",
    '"x"',
    "'y'",
    '""',
    "''",
    '\\',
    ' ',
    '  ',
    '\n',
    '\n',
    '\n  ',
    '\n    ',
    '\n- ',
    '\n  - ',
    'a: ',
    'b: ',
    'c: 1',
    'key:\n',
    '<<: ',
    '${v}',
    '$',
    '/',
    '_',
    '.',
    '..',
    '.a',
    'é',
    '10s',
    './x',
    '../x',
    '.pj/x',
    '.Inf',
    '.NaN',
    '-.inf',
    '-v',
    '--x',
    '-a:',
    '…',
    '1a',
    'e5',
    '5e',
    'x:y',
    'inf',
    '.inf',
    '.nan',
    '0b1',
    '1.2.3',
    '1-2',
    '=',
    '!!str x',
  ],
);

test('never disagrees with the real parser, whatever the text', () => {
  let read = 0;
  fc.assert(
    fc.property(fc.array(bit, { maxLength: 14 }), (bits) => {
      const text = bits.join('');
      const plain = readPlainYaml(text);
      if (plain === undefined) return;
      read++;
      expect(plain).toStrictEqual(real(text));
    }),
    { numRuns: 6000 * Number(process.env['PJ_RUNS'] ?? 1), seed: Number(process.env['PJ_SEED'] ?? 1) },
  );
  expect(read).toBeGreaterThan(30);
});

const scalar = fc.constantFrom(
  'x',
  'a b',
  '1',
  '2.5',
  '"q"',
  "'s'",
  'true',
  'null',
  '10.0.0.1',
  '8080:80',
  '[a, b]',
  '{ a: 1, b: [c] }',
  '[]',
  'x # y',
  '1e5',
  '"a: b"',
  'a:b',
  '-x',
  '~',
  '512MiB',
  'http://x/y',
  './x',
  '.pj/x',
  '-v',
  '--port 1',
  '.inf',
  '…',
);
const key = fc.constantFrom('a', 'b', 'c.d', 'e-f', 'name', 'x');
const structure = fc.letrec<{ map: [string, unknown][]; list: unknown[]; value: unknown }>((tie) => ({
  map: fc.array(fc.tuple(key, tie('value')), { minLength: 1, maxLength: 4 }) as fc.Arbitrary<[string, unknown][]>,
  list: fc.array(fc.oneof({ withCrossShrink: true }, scalar, tie('map')), { minLength: 1, maxLength: 3 }),
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.record({ map: tie('map') }),
    fc.record({ list: tie('list'), flush: fc.boolean() }),
  ),
}));

function print(entries: [string, unknown][], indent: string): string {
  return entries
    .map(([name, value]) => {
      if (typeof value === 'string') return `${indent}${name}: ${value}\n`;
      const { map, list, flush } = value as { map?: [string, unknown][]; list?: unknown[]; flush?: boolean };
      if (map !== undefined) return `${indent}${name}:\n${print(map, `${indent}  `)}`;
      const at = flush ? indent : `${indent}  `;
      const items = (list ?? []).map((item) =>
        typeof item === 'string'
          ? `${at}- ${item}\n`
          : `${at}- ${print(item as [string, unknown][], `${at}  `).slice(at.length + 2)}`,
      );
      return `${indent}${name}:\n${items.join('')}`;
    })
    .join('');
}

test('never disagrees with the real parser on documents as people write them', () => {
  let read = 0;
  fc.assert(
    fc.property(structure.map, (entries) => {
      const text = print(entries, '');
      const plain = readPlainYaml(text);
      if (plain === undefined) return;
      read++;
      expect(plain).toStrictEqual(real(text));
    }),
    { numRuns: 3000 * Number(process.env['PJ_RUNS'] ?? 1), seed: Number(process.env['PJ_SEED'] ?? 1) },
  );
  expect(read).toBeGreaterThan(300);
});
