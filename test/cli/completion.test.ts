import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PJ, Scratch } from '../support/pj.ts';

const scratches: Scratch[] = [];
afterEach(async () => {
  for (const scratch of scratches.splice(0)) await scratch.cleanUp();
});

/** A project, and a folder for PATH in which `pj` is this pj. */
async function shellIn(): Promise<{
  scratch: Scratch;
  env: NodeJS.ProcessEnv;
  script(shell: string): Promise<string>;
}> {
  const scratch = new Scratch({
    'a.yaml': 'applicationId: web-1\nexternal: { address: a }\n---\napplicationId: web-2\nexternal: { address: a }\n',
  });
  scratches.push(scratch);
  const bin = join(scratch.dir, '.bin');
  mkdirSync(bin);
  symlinkSync(PJ, join(bin, 'pj'));
  const env = { ...process.env, ...scratch.env, PATH: `${bin}:${process.env['PATH']}` };
  return { scratch, env, script: async (shell) => (await scratch.ok(['completion', shell])).stdout };
}

const has = (shell: string) => spawnSync('which', [shell]).status === 0;
const required = process.env['PJ_TEST_ENGINES'] === 'require';

describe('shell completion', () => {
  it('works in bash: commands, workloads, values behind =, files', async () => {
    const { scratch, env, script } = await shellIn();
    writeFileSync(join(scratch.dir, 'plan.out'), '');
    writeFileSync(join(scratch.dir, '.completion'), await script('bash'));
    // What readline does: it splits at COMP_WORDBREAKS (`=` among them), sets these variables, and calls the function.
    const complete = (...words: string[]) =>
      execFileSync(
        'bash',
        [
          '-c',
          'source .completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pj 2>/dev/null; printf "%s\\n" "${COMPREPLY[@]}"',
          'bash',
          ...words,
        ],
        { cwd: scratch.dir, env, encoding: 'utf8' },
      )
        .trim()
        .split('\n');
    expect(complete('pj', 'val')).toEqual(['validate']);
    expect(complete('pj', 'plan', '--target', 'web')).toEqual(['web-1', 'web-2']);
    expect(complete('pj', 'plan', '--target', '=', 'web-2')).toEqual(['web-2']);
    expect(complete('pj', 'plan', '--target', '=')).toEqual(['web-1', 'web-2']);
    expect(complete('pj', 'show', 'plan.')).toEqual(['plan.out']);
    expect(complete('pj', 'state', 'sh')).toEqual(['show']);
    expect(complete('pj', 'help', 'val')).toEqual(['validate']);
    expect(complete('pj', '--dir', '.b')).toEqual(['.bin']);
  });

  it.skipIf(!required && !has('zsh'))('is a script that zsh takes, and completes in it', async () => {
    const { scratch, env, script } = await shellIn();
    writeFileSync(join(scratch.dir, '.completion'), await script('zsh'));
    const out = execFileSync(
      'zsh',
      [
        '-fc',
        'autoload -Uz compinit; compinit -D -u; source ./.completion; _describe() { print -l -- $values }; words=(pj plan --target web); CURRENT=4; _pj',
      ],
      { cwd: scratch.dir, env, encoding: 'utf8' },
    );
    expect(out.trim().split('\n')).toEqual(['web-1:external', 'web-2:external']);
  });

  it.skipIf(!required && !has('fish'))('completes in fish', async () => {
    const { scratch, env, script } = await shellIn();
    writeFileSync(join(scratch.dir, '.completion'), await script('fish'));
    const out = execFileSync('fish', ['-N', '-c', 'source .completion; complete -C "pj plan --target web"'], {
      cwd: scratch.dir,
      env: { ...env, HOME: scratch.dir },
      encoding: 'utf8',
    });
    expect(out.trim().split('\n')).toEqual(['web-1\texternal', 'web-2\texternal']);
  });
});
