import { describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/command-line.ts';
import { withTwoDashes } from '../../src/cli/usage.ts';
import type { PjError } from '../../src/errors.ts';

const refusal = (argv: string[]): string => {
  try {
    readCommandLine(argv);
  } catch (error) {
    const { code, exitCode, hint } = error as PjError;
    return `${code} ${exitCode} ${hint}`;
  }
  throw new Error('it was accepted');
};

describe('the command line', () => {
  it.each([
    [['plan', '--out', 'p'], { type: 'command', name: 'plan', argv: ['--out', 'p'] }],
    [['plan', 'diff', 'a', 'b'], { type: 'command', name: 'plan diff', argv: ['a', 'b'] }],
    [['state', 'list'], { type: 'command', name: 'state list', argv: [] }],
    [['ps', 'web'], { type: 'command', name: 'status', argv: ['web'] }],
    [
      ['--dir', 'x', '--no-color', 'plan', '--full'],
      { type: 'command', name: 'plan', argv: ['--dir', 'x', '--no-color', '--full'] },
    ],
    [['--dir=x', 'state', 'list'], { type: 'command', name: 'state list', argv: ['--dir=x'] }],
    [[], { type: 'help', of: '' }],
    [['help'], { type: 'help', of: '' }],
    [['help', 'plan'], { type: 'help', of: 'plan' }],
    [['logs', 'web', '-h'], { type: 'help', of: 'logs' }],
    [['state'], { type: 'help', of: 'state' }],
    [['state', '--help'], { type: 'help', of: 'state' }],
    [['--no-color', '--version'], { type: 'version' }],
    [['__complete', '--', 'plan', '--help'], { type: 'complete', words: ['plan', '--help'] }],
  ])('reads %j', (argv, asked) => expect(readCommandLine(argv)).toEqual(asked));

  it('says which command was probably meant', () => {
    expect(refusal(['aply'])).toBe('PJ6001 64 Did you mean `pj apply`?');
    expect(refusal(['state', 'lits'])).toBe('PJ6001 64 Did you mean `pj state list`?');
    expect(refusal(['xyzzy'])).toBe('PJ6001 64 `pj --help` lists the commands.');
    expect(refusal(['constructor'])).toContain('PJ6001 64');
  });

  it('takes long flags with one dash, as Terraform writes them, and nothing else', () => {
    const flags = ['out', 'auto-approve', 'var'];
    expect(withTwoDashes(['-out=p', '-auto-approve', '-f', '-var', 'a=b', '-other', '--', '-out'], flags)).toEqual([
      '--out=p',
      '--auto-approve',
      '-f',
      '--var',
      'a=b',
      '-other',
      '--',
      '-out',
    ]);
  });
});
