import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hideInScript, hideInWords } from '../../src/compose/secret-words.ts';
import { parseTemplate, printTemplate } from '../../src/descriptors/template-syntax.ts';

const VALUE = `it's a "s3cret" $HOME \`x\` \\ *`;

/** The words as the container gets them. */
const decoded = (word: string): string => (parseTemplate(word) as string[]).join('');

describe('secrets in command lines', () => {
  it('leaves what holds none as it is', () => {
    expect(hideInWords(['a', '$${b}'])).toEqual({ words: ['a', '$${b}'], secrets: [] });
  });

  it('in a script of a shell become its variables', () => {
    expect(hideInWords(['bash', '-ec', 'x ${secret.A} ${secret.B}', 'name'])).toEqual({
      words: ['bash', '-ec', 'x $${A} $${B}', 'name'],
      secrets: ['A', 'B'],
    });
    expect(hideInWords(['sh', '-c', 'echo "$1"', 'x', '${secret.A}']).words).toEqual([
      'sh',
      '-c',
      `exec sh -c 'echo "$1"' x "$A"`,
    ]);
    expect(hideInScript('pg_isready')).toBe('pg_isready');
  });

  it.each([
    ['printf %s x${secret.PW}', false],
    ['printf %s "x${secret.PW}"', true],
    ["printf %s 'x${secret.PW}'", true],
    ["printf %s 'a'\\''x${secret.PW}'", true],
    ['printf %s "it\'s x${secret.PW}"', true],
    ['printf %s \\\'x"${secret.PW}"', true],
    ["printf '%s' 'back\\' \"x${secret.PW}\"", true],
  ])('in the script %s are filled in by the shell', (script, isQuoted) => {
    const text = decoded(hideInScript(script));
    expect(text).not.toContain('secret');
    const value = isQuoted ? VALUE : 'plain';
    const said = execFileSync('sh', ['-c', text], { env: { ...process.env, PW: value }, encoding: 'utf8' });
    expect(said).toContain(`x${value}`);
  });

  it('reach the program as one word each, whatever stands around them', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', ' ', '$', '{', '}', "'", '"', '\\', '`', '*', '\n', '#', '=', '-'),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.boolean(), text), { minLength: 1, maxLength: 4 }), (parts) => {
        const words = parts.map(([before, isSecret, after]) => [
          isSecret
            ? `${printTemplate([before])}\${secret.PW}${printTemplate([after])}`
            : printTemplate([before + after]),
          before + (isSecret ? VALUE : '') + after,
        ]);
        // A `$` before a reference would be read as an escape; printTemplate is never asked to print that.
        fc.pre(words.every(([word = '']) => !word.includes('$${secret')));
        fc.pre(parts.some(([, isSecret]) => isSecret));
        const { words: hidden } = hideInWords(['printf', '%s\\0', ...words.map(([word = '']) => word)]);
        expect(hidden.join(' ')).not.toContain('${secret');
        const [program = '', ...args] = hidden.map(decoded);
        const said = execFileSync(program, args, { env: { ...process.env, PW: VALUE }, encoding: 'utf8' });
        expect(said.split('\0').slice(0, -1)).toEqual(words.map(([, meant]) => meant));
      }),
      { numRuns: 80 },
    );
  });
});
