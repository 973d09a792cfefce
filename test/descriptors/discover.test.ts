import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { discover } from '../../src/descriptors/discover.ts';
import { loadProject } from '../../src/descriptors/load.ts';
import type { Problem } from '../../src/descriptors/problem.ts';
import { withFiles } from './project.ts';

async function found(dir: string, exclude: string[] = []): Promise<{ paths: string[]; problems: Problem[] }> {
  const problems: Problem[] = [];
  const files = discover(dir, { exclude, files: new Set() }, (problem) => problems.push(problem));
  return { paths: files.map((file) => file.path), problems };
}

test('reads every descriptor file, in the order of paths, and nothing else', async () => {
  const files = Object.fromEntries(
    [
      'pj.yaml',
      'b.yaml',
      'a.yml',
      'c.json',
      'x.txt',
      '.hidden.yaml',
      '.git/a.yaml',
      'node_modules/a.yaml',
      'sub/z.yaml',
      'sub/node_modules/a.yaml',
      'other/pj.yaml',
      'other/a.yaml',
      'other/deep/a.yaml',
      'skip/a.yaml',
      'sub/skip.yaml',
    ].map((path) => [path, '']),
  );
  await withFiles(files, async (dir) => {
    expect(await found(dir, ['skip', 'sub/skip.yaml'])).toEqual({
      paths: ['a.yml', 'b.yaml', 'c.json', 'sub/z.yaml'],
      problems: [],
    });
  });
});

test('follows links once and survives loops', async () => {
  await withFiles({ 'real/a.yaml': '' }, async (dir) => {
    symlinkSync(dir, join(dir, 'real', 'loop'));
    symlinkSync(join(dir, 'real'), join(dir, 'again'));
    symlinkSync('nowhere.yaml', join(dir, 'dangling.yaml'));
    const { paths, problems } = await found(dir);
    expect(paths).toEqual(['again/a.yaml']);
    expect(problems.map((each) => each.details)).toEqual([
      { file: 'dangling.yaml', reason: 'it is a link that leads nowhere' },
    ]);
  });
});

test('never waits for a pipe', async () => {
  await withFiles({ 'a.yaml': '' }, async (dir) => {
    execFileSync('mkfifo', [join(dir, 'pipe.yaml')]);
    expect((await found(dir)).paths).toEqual(['a.yaml']);
  });
});

test('tells files that it cannot read', async () => {
  await withFiles({ 'ok.yaml': '', 'big.yaml': '' }, async (dir) => {
    writeFileSync(join(dir, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
    truncateSync(join(dir, 'big.yaml'), 17 * 2 ** 20);
    const { paths, problems } = await found(dir);
    expect(paths).toEqual(['ok.yaml']);
    expect(problems.map((each) => [each.code, each.details])).toEqual([
      ['PJ1004', { file: 'big.yaml', size: 17, limit: 16 }],
      ['PJ1001', { file: 'latin.yaml', reason: 'it is not UTF-8 text' }],
    ]);
  });
});

test('tells files that it may not read', async () => {
  await withFiles({ 'a.yaml': '' }, async (dir) => {
    chmodSync(dir, 0o755);
    chmodSync(join(dir, 'a.yaml'), 0);
    // Root may read everything: somebody else has to look, with a program that lies where they may read it.
    const program = join(dir, 'look.mjs');
    const source = fileURLToPath(new URL('../../src/descriptors/discover.ts', import.meta.url));
    await build({
      stdin: {
        contents: `import { discover } from ${JSON.stringify(source)};
          const problems = [];
          discover(process.argv[2], { exclude: [], files: new Set() }, (problem) => problems.push(problem.details));
          console.log(JSON.stringify(problems));`,
        resolveDir: dir,
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: program,
      logLevel: 'silent',
    });
    const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const said = execFileSync(process.execPath, [program, dir], { encoding: 'utf8', cwd: '/', ...nobody });
    expect(JSON.parse(said)).toEqual([{ file: 'a.yaml', reason: 'permission denied' }]);
  });
});

test('tells a folder that is not there', async () => {
  const { errors } = await loadProject({
    dir: '/nowhere/at/all',
    vars: {},
    varFiles: [],
    env: {},
    host: { cpus: 1, memory: 1 },
  });
  expect(errors.map((each) => each.message)).toEqual(['there is no folder /nowhere/at/all']);
});

test('does not take variable files and the files of secrets for descriptors', async () => {
  const files = {
    'pj.yaml': 'name: t\nvariables: { a: { default: 1 } }\nsecrets: { s: { file: secret.json } }\n',
    'prod.yaml': 'a: 2\n',
    'secret.json': 'anything',
    'x.yaml': 'applicationId: x\nexternal: { address: "h${var.a}" }\n',
  };
  await withFiles(files, async (dir) => {
    const { errors, workloads } = await loadProject({
      dir,
      vars: {},
      varFiles: ['prod.yaml'],
      env: {},
      host: { cpus: 1, memory: 1 },
    });
    expect(errors.map((each) => each.message)).toEqual([]);
    expect(workloads[0]?.spec.external?.address).toBe('h2');
  });
});

test('an empty project is one without workloads, named as its folder', async () => {
  await withFiles({}, async (dir) => {
    mkdirSync(join(dir, '9 shop!'));
    const { errors, workloads, config } = await loadProject({
      dir: join(dir, '9 shop!'),
      vars: {},
      varFiles: [],
      env: {},
      host: { cpus: 1, memory: 1 },
    });
    expect([errors, workloads, config.name]).toEqual([[], [], '9-shop-']);
  });
});
