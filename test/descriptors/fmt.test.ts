import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { formatText } from '../../src/descriptors/fmt.ts';
import { codeFrame } from '../../src/descriptors/frame.ts';

test('puts keys in order, and keeps comments, anchors and blank lines', async () => {
  const text = `# head

env:   {A: 1,B: "two"}  # trailing
# about the command
native:
    command: 'node'
    args:
    - 'a b'
    - "\${index}"

# about the id
applicationId: web
---
applicationId:   other
external: {address: x}
`;
  expect(await formatText(text)).toMatchInlineSnapshot(`
    "# head

    # about the id
    applicationId: web
    # about the command
    native:
      command: 'node'
      args:
        - 'a b'
        - "\${index}"
    env: { A: 1, B: "two" } # trailing
    ---
    applicationId: other
    external: { address: x }
    "
  `);
});

test.each([
  '',
  '\n',
  '# only a comment\n',
  '---\n',
  'applicationId: a\n...\n',
  'a: 1\r\nb: 2\r\n',
  '%YAML 1.2\n---\na: 1\n---\nb: 2\n',
  '---\na: 1\n---\n---\nb: 1\n',
])('formats %j once and for all, with the same meaning', async (text) => {
  const once = await formatText(text);
  expect(await formatText(once)).toBe(once);
  expect(meaning(once)).toEqual(meaning(text));
});

test('keeps an anchor before its alias', async () => {
  const text = 'env: &e\n  A: x\napplicationId: a\nproperties: *e\nnative: { command: y }\n';
  expect(meaning(await formatText(text))).toEqual(meaning(text));
});

test('pads maps in one line, and not lists', async () => {
  const text = 'a: [ 1,{b: [ ],c: [2,3]}, {} ]\nd: {e: [ x ]}\n? [ f,g ]\n: [[ 1 ],[{h: 1}]]\n';
  const styled = 'a: [1, { b: [], c: [2, 3] }, {}]\nd: { e: [x] }\n? [f, g]\n: [[1], [{ h: 1 }]]\n';
  expect(await formatText(text)).toBe(styled);
  expect(await formatText(styled)).toBe(styled);
});

test('orders the keys of pj.yaml and of JSON', async () => {
  expect(await formatText('secrets: {}\nvariables: {}\nname: x\n', 'sub/pj.yaml')).toBe(
    'name: x\nvariables: {}\nsecrets: {}\n',
  );
  expect(await formatText('{"native":{"command":"x"},"applicationId":"a"}', 'a.json')).toBe(
    '{\n  "applicationId": "a",\n  "native": {\n    "command": "x"\n  }\n}\n',
  );
});

test('refuses what it cannot read, with the place', async () => {
  await expect(formatText('a: [1\n', 'x.yaml')).rejects.toMatchObject({ code: 'PJ1002', places: [{ file: 'x.yaml' }] });
  await expect(formatText('{"a": }', 'x.json')).rejects.toMatchObject({
    code: 'PJ1002',
    places: [{ file: 'x.json', line: 1, column: 7 }],
  });
  await expect(formatText('a: 1\na: 2\n')).rejects.toMatchObject({ code: 'PJ1002' });
});

const meaning = (text: string): unknown[] =>
  (parseAllDocuments(text, { version: '1.2', merge: true }) as { toJS(): unknown }[])
    .map((document) => document.toJS())
    .filter((value) => value !== null);

const scalar = fc.oneof(
  fc.constantFrom(
    'x',
    '"q: z"',
    "'it''s'",
    '12',
    '1e3',
    'true',
    'null',
    '"\\n"',
    '${var.x}',
    'a b # c',
    '""',
    "'1'",
    '"yes"',
    '~',
    '0x1f',
    '"a #b"',
  ),
  fc.string().map((text) => JSON.stringify(text)),
);
const line = fc.tuple(
  fc.constantFrom('applicationId', 'env', 'native', 'zzz', 'name', 'tags'),
  fc.oneof(
    scalar,
    fc.constantFrom(
      '[a, "b"]',
      '{ a: 1, b: [c] }',
      '|\n  x\n  y',
      '>-\n  x\n\n  y',
      '\n  a: 1\n  # in\n  b: 2',
      '\n- a\n-  b',
      '\n  - a: 1\n    b: 2',
    ),
  ),
);
const source = fc
  .array(fc.record({ before: fc.constantFrom('', '', '\n', '# c\n', '\n# c\n\n'), line }), { maxLength: 6 })
  .map((parts) => {
    const seen = new Set<string>();
    return parts
      .filter(({ line: [key] }) => !seen.has(key) && seen.add(key))
      .map(({ before, line: [key, value] }) => `${before}${key}: ${value}\n`)
      .join('');
  });

test('formatting twice is formatting once, and changes no meaning', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(source, { minLength: 1, maxLength: 3 }), async (documents) => {
      const text = documents.join('---\n');
      const once = await formatText(text);
      expect(await formatText(once)).toBe(once);
      expect(meaning(once)).toEqual(meaning(text));
      const comments = (each: string): number => each.split('# c').length;
      expect(comments(once)).toBe(comments(text));
    }),
    { numRuns: 400 },
  );
});

test('a frame shows two lines on each side and a caret under the place', () => {
  expect(codeFrame('one\n\ttwo\nthree\nfour\nfive\n', { line: 2, column: 2, length: 3 })).toBe(
    '  1 | one\n> 2 |  two\n    |  ^^^\n  3 | three\n  4 | four',
  );
  expect(codeFrame('', { line: 1, column: 1 })).toBe('> 1 |\n    | ^');
  const long = codeFrame(`${'x'.repeat(500)}HERE${'y'.repeat(500)}`, { line: 1, column: 501, length: 4 }).split('\n');
  const at = long[1]?.indexOf('^') ?? 0;
  expect(long[0]?.slice(at, at + 4)).toBe('HERE');
  expect(long[0]?.length).toBeLessThan(200);
});
