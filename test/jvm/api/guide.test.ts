import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { compileJava, javaHomes } from '../../support/java-host.ts';

const run = promisify(execFile);
const root = resolve(import.meta.dirname, '../../..');

it.runIf(javaHomes().length > 0)('the guide’s code compiles, against the jar that it names', async () => {
  const text = readFileSync(join(root, 'docs/guides/java-api.md'), 'utf8');
  const blocks = [...text.matchAll(/^```java\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  expect(blocks.length).toBeGreaterThan(5);
  const sources = Object.fromEntries(
    blocks.map((code) => [
      `${/^package ([\w.]+);/m.exec(code)?.[1]}.${/^public final class (\w+)/m.exec(code)?.[1]}`,
      code,
    ]),
  );
  expect(Object.keys(sources)).toHaveLength(blocks.length);
  const dir = mkdtempSync(join(tmpdir(), 'pj-java-'));
  try {
    await compileJava(dir, sources);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

it.runIf(javaHomes().length > 0)('what applications may use is documented: javadoc has nothing to say', async () => {
  const javadoc = join(javaHomes()[0]?.home ?? '', 'bin/javadoc');
  if (!existsSync(javadoc)) return;
  const dir = mkdtempSync(join(tmpdir(), 'pj-java-'));
  try {
    const flags = [
      '-quiet',
      '-Xdoclint:all,-missing',
      '-Werror',
      '-d',
      dir,
      '-sourcepath',
      join(root, 'java-host/api'),
    ];
    await run(javadoc, [...flags, 'io.pj.api'], { timeout: 60_000 });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
