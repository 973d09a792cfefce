import { expect, test } from 'vitest';
import type { LoadOptions } from '../../src/descriptors/load.ts';
import { briefly, load } from './project.ts';

/** What a variable of this declaration comes to, by way of a workload's tag. */
async function value(
  declaration: string,
  options: Partial<LoadOptions> = {},
  files: Record<string, string> = {},
): Promise<unknown> {
  const { errors, workloads } = await load(
    {
      'pj.yaml': `variables: { v: ${declaration} }\n`,
      'a.yaml': 'applicationId: a\nnative: { command: x, args: ["${var.v}", "<${var.v}>"] }\n',
      ...files,
    },
    options,
  );
  return errors.length > 0 ? errors.map((each) => each.message) : workloads[0]?.spec.native?.args;
}

test.each<[string, string, string, unknown]>([
  ['string', '{ type: string }', '1', ['1', '<1>']],
  ['number', '{ type: number }', '1.50', ['1.5', '<1.5>']],
  ['boolean', '{ type: boolean }', 'true', ['true', '<true>']],
  ['empty text', '{ type: string }', '', ['', '<>']],
  ['not a number', '{ type: number }', 'x', ['the variable `v` must be a number, but --var v gives "x"']],
  ['no number at all', '{ type: number }', ' ', ['the variable `v` must be a number, but --var v gives " "']],
  ['not a boolean', '{ type: boolean }', 'yes', ['the variable `v` must be true or false, but --var v gives "yes"']],
  ['not a list', '{ type: list }', 'x', ['the variable `v` must be a list, but --var v gives "x"']],
  ['not a map', '{ type: map }', '[1', ['the variable `v` must be a map, but --var v gives "[1"']],
  [
    'sensitive',
    '{ type: number, sensitive: true }',
    'hunter2',
    [
      '`native.args[0]` holds var.v, but everybody on the machine can read the words of a command line',
      '`native.args[1]` holds var.v, but everybody on the machine can read the words of a command line',
      'the variable `v` must be a number, but --var v gives another',
    ],
  ],
  ['type of the default', '{ default: 5 }', 'x', ['the variable `v` must be a number, but --var v gives "x"']],
])('%s: %s set to %j', async (_, declaration, given, expected) => {
  expect(await value(declaration, { vars: { v: given } })).toEqual(expected);
});

test('a list or a map stands where one may stand', async () => {
  const { errors, workloads } = await load(
    {
      'pj.yaml': 'variables: { l: { type: list }, m: { type: map } }\n',
      'a.yaml': 'applicationId: a\nnative: { command: x, args: "${var.l}" }\nenv: "${var.m}"\n',
    },
    { vars: { l: '[a, 1]' }, env: { PJ_VAR_m: '{"A": 1}' } },
  );
  expect(errors.map((each) => each.message)).toEqual([]);
  expect(workloads[0]?.spec).toEqual({ native: { command: 'x', args: ['a', '1'] }, env: { A: '1' } });
});

test('--var goes over --var-file, the last file first, over the environment, over the default', async () => {
  const files = { 'one.yaml': 'v: one\n', 'two.json': '{"v": "two"}' };
  const env = { PJ_VAR_v: 'env' };
  const varFiles = ['one.yaml', 'two.json'];
  const first = async (options: Partial<LoadOptions>): Promise<unknown> =>
    ((await value('{ default: d }', options, files)) as string[])[0];
  // a variable file that is not named is taken for a descriptor: left out here
  const rest = { ...files, 'pj.yaml': 'exclude: [one.yaml, two.json]\nvariables: { v: { default: d } }\n' };
  const plain = async (options: Partial<LoadOptions>): Promise<unknown> =>
    ((await value('', options, rest)) as string[])[0];
  expect(await first({ vars: { v: 'var' }, varFiles, env })).toBe('var');
  expect(await first({ varFiles, env })).toBe('two');
  expect(await plain({ env })).toBe('env');
  expect(await plain({})).toBe('d');
});

test('tells variables that nothing sets, that are set but not declared, and files that hold none', async () => {
  expect(
    await briefly(
      {
        'pj.yaml': 'name: t\nvariables:\n  port: { type: number }\n',
        'v.yaml': 'prt: 1\n',
        'w.yaml': '- 1\n',
        'a.yaml': 'applicationId: a\nexternal: { address: "x${var.port}" }\n',
      },
      { vars: { porz: '1' }, varFiles: ['v.yaml', 'w.yaml', 'gone.yaml'] },
    ),
  ).toEqual([
    'PJ1001 gone.yaml cannot be read: it does not exist',
    'PJ1032 --var sets `porz`, but pj.yaml declares no such variable; did you mean `port`?',
    'pj.yaml:3:3 PJ1030 the variable `port` has no value',
    'v.yaml:1:1 PJ1032 v.yaml sets `prt`, but pj.yaml declares no such variable; did you mean `port`?',
    'w.yaml:1:1 PJ1006 a variable file holds a map of names and values',
  ]);
});

test('keeps what a sensitive variable holds out of the workloads', async () => {
  const { workloads, sensitiveVariables } = await load(
    {
      'pj.yaml': 'variables: { t: { sensitive: true } }\n',
      'a.yaml': 'applicationId: a\nexternal: { address: "x${var.t}" }\n',
    },
    { vars: { t: 'canary' } },
  );
  expect(JSON.stringify(workloads)).not.toContain('canary');
  expect(sensitiveVariables).toEqual({ t: 'canary' });
});

test('tells what is wrong in pj.yaml, each with its place', async () => {
  expect(
    await briefly({
      'pj.yaml':
        'name: a b\nvariables:\n  x: { typ: string }\n  1x: {}\nsecrets:\n  s: { env: A, file: b }\n  t: {}\n  u: { command: pass show }\nmoved: [{ from: a, to: b }, { from: a, to: a }]\nparallelism: 0\n',
      'a.yaml': 'applicationId: z\nexternal: { address: "${secret.s}${var.x}" }\n',
    }),
  ).toMatchInlineSnapshot(`
    [
      "pj.yaml:1:7 PJ1012 \`name\` must be a name of letters, digits, \`.\`, \`_\` and \`-\`, 63 characters at most, but is "a b"",
      "pj.yaml:3:3 PJ1030 the variable \`x\` has no value",
      "pj.yaml:3:8 PJ1010 unknown key \`typ\` in \`variables.x\`; did you mean \`type\`?",
      "pj.yaml:4:3 PJ1012 \`variables.1x\` must be called by letters, digits, \`_\` and \`-\`, not beginning with a digit, but is "1x"",
      "pj.yaml:4:3 PJ1030 the variable \`1x\` has no value",
      "pj.yaml:6:6 PJ1012 \`secrets.s\` must be one source out of env, file, command, but is a map of env, file",
      "pj.yaml:7:6 PJ1012 \`secrets.t\` must be one source out of env, file, command, but is an empty map",
      "pj.yaml:8:17 PJ1012 \`secrets.u.command\` must be a list: a program and its arguments, but is "pass show"",
      "pj.yaml:9:29 PJ1051 pj.yaml contradicts itself or the descriptors: \`a\` is moved to itself",
      "pj.yaml:9:37 PJ1051 pj.yaml contradicts itself or the descriptors: \`a\` stands twice as \`from\`",
      "pj.yaml:10:14 PJ1012 \`parallelism\` must be a whole number from 1 to 1000, but is 0",
    ]
  `);
});
