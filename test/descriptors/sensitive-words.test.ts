import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadProject } from '../../src/descriptors/load.ts';

let dir: string | undefined;
afterEach(() => {
  if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  dir = undefined;
});

async function load(descriptor: string) {
  dir = mkdtempSync(join(tmpdir(), 'pj-words-'));
  writeFileSync(join(dir, 'pj.yaml'), 'secrets: { token: { env: TOKEN } }\nvariables: { v: { default: open } }\n');
  writeFileSync(join(dir, 'a.yaml'), descriptor);
  return loadProject({
    dir,
    vars: {},
    varFiles: [],
    env: { TOKEN: 'x', HOME: '/' },
    host: { cpus: 2, memory: 2 ** 34 },
  });
}

describe('sensitive values in command lines', () => {
  it.each([
    ['args', 'native: { command: a, args: [x, "--token=${secret.token}"] }', 'native.args[1]', 'secret.token'],
    ['command', 'native: { command: "${env.HOME}/a" }', 'native.command', 'env.HOME'],
    [
      'flat args',
      'nativeImage: true\nproperties: { native.executable: a, native.args: "x ${secret.token}" }',
      'native.args',
      'secret.token',
    ],
    [
      'probe',
      'native: { command: a }\nhealthCheck: { type: exec, command: [a, "${secret.token}"] }',
      'healthCheck.command[1]',
      'secret.token',
    ],
  ])('are refused in %s, with the place', async (_, body, key, source) => {
    const { errors } = await load(`applicationId: a\n${body}\n`);
    expect(errors.map((error) => error.code)).toEqual(['PJ1019']);
    expect(errors[0]?.message).toContain(key);
    expect(errors[0]?.message).toContain(source);
    expect(errors[0]?.places[0]?.file).toBe('a.yaml');
  });

  it('are fine in env, and what is not sensitive is fine in args', async () => {
    const { errors } = await load(
      'applicationId: a\nnative: { command: a, args: ["${var.v}"] }\nenv: { T: "${secret.token}" }\n',
    );
    expect(errors).toEqual([]);
  });
});

describe('rollback beside lifecycle', () => {
  it('means the same as lifecycle.rollback', async () => {
    const { workloads } = await load('applicationId: a\nnative: { command: a }\nrollback: true\n');
    expect(workloads[0]?.lifecycle.rollback).toBe(true);
  });

  it('is refused when both are there and differ', async () => {
    const { errors } = await load(
      'applicationId: a\nnative: { command: a }\nrollback: true\nlifecycle: { rollback: false }\n',
    );
    expect(errors.map((error) => error.code)).toEqual(['PJ1015']);
  });
});
