import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Expression, type Piece, parseTemplate, printTemplate } from '../../src/descriptors/template-syntax.ts';

test.each<[string, unknown]>([
  ['plain', ['plain']],
  ['', ['']],
  ['$${var.x}', ['${var.x}']],
  ['a $5 b', ['a $5 b']],
  ['${var.x}', [{ form: 'var', name: 'x', raw: '${var.x}' }]],
  ['a${ env.HOME }b', ['a', { form: 'env', name: 'HOME', raw: '${ env.HOME }' }, 'b']],
  ['${env.A:-x:-y}', [{ form: 'env', name: 'A', fallback: 'x:-y', raw: '${env.A:-x:-y}' }]],
  ['${A:-}', [{ form: 'bare', name: 'A', fallback: '', raw: '${A:-}' }]],
  ['${workload.a.b.ports.80}', [{ form: 'workload', name: 'a.b.ports.80', raw: '${workload.a.b.ports.80}' }]],
  ['${index}', [{ form: 'index', name: '', raw: '${index}' }]],
  ['${', { raw: '${', reason: 'it has no closing }' }],
  ['${}', { raw: '${}', reason: 'it names nothing' }],
  ['${var.}', { raw: '${var.}', reason: 'it is written ${var.NAME}' }],
  ['${var.a b}', { raw: '${var.a b}', reason: 'it is written ${var.NAME}' }],
  ['${workload.a}', { raw: '${workload.a}', reason: 'it is written ${workload.ID.ATTRIBUTE}' }],
  ['${secret.x:-y}', { raw: '${secret.x:-y}', reason: 'only an environment variable can have a default after `:-`' }],
])('reads %s', (text, pieces) => {
  expect(parseTemplate(text)).toEqual(pieces);
});

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,8}$/);
const expression: fc.Arbitrary<Omit<Expression, 'raw'>> = fc.oneof(
  fc.record({ form: fc.constantFrom('var' as const, 'secret' as const), name }),
  fc.record(
    { form: fc.constant('env' as const), name, fallback: fc.string().filter((text) => !text.includes('}')) },
    { requiredKeys: ['form', 'name'] },
  ),
  fc.record({
    form: fc.constant('workload' as const),
    name: fc.stringMatching(/^[a-z][a-z0-9.-]{0,6}\.[a-z0-9.]{1,6}$/),
  }),
  fc.record({ form: fc.constantFrom('self' as const, 'project' as const), name: fc.stringMatching(/^[a-z]{1,5}$/) }),
  fc.constant({ form: 'index' as const, name: '' }),
);
// a `$` right before an expression would make a literal of it, and texts that touch are one
const text = fc
  .oneof(fc.string({ minLength: 1 }), fc.constantFrom('${', '$${', 'a${b}', '}', '{', 'x'))
  .map((each) => each.replace(/\$+$/, '.'));

test('gives the same pieces back that were printed', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, expression), { maxLength: 4 }), fc.boolean(), (pairs, lead) => {
      const pieces = pairs.flat().slice(lead ? 0 : 1) as Piece[];
      const printed = printTemplate(pieces);
      const parsed = parseTemplate(printed);
      const bare = (all: unknown): unknown =>
        (all as Piece[]).map((piece) => (typeof piece === 'string' ? piece : { ...piece, raw: undefined }));
      expect(bare(parsed)).toEqual(bare(pieces.length === 0 ? [''] : pieces));
      expect(printTemplate(parsed as Piece[])).toBe(printed);
    }),
  );
});
