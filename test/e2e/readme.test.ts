import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../support/pj.ts';

const root = resolve(import.meta.dirname, '../..');
let clone: string | undefined;
let runtime: string | undefined;
const env = (port: number): NodeJS.ProcessEnv => ({
  ...process.env,
  XDG_RUNTIME_DIR: runtime,
  PJ_VAR_port: String(port),
});

afterEach(() => {
  if (clone === undefined || runtime === undefined) return;
  try {
    execFileSync('npx', ['pj', 'destroy', '--dir', 'examples/quickstart', '--auto-approve'], {
      cwd: clone,
      env: env(0),
      stdio: 'ignore',
    });
  } catch {
    // nothing was installed, or nothing runs
  }
  rmSync(clone, { recursive: true, force: true });
  rmSync(runtime, { recursive: true, force: true });
});

it("the README's first command installs pj in a clean clone and runs the quickstart; its second is what CI runs", async () => {
  const commands = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/```sh\n(.*?)\n```/gs)].map(
    (found) => found[1] ?? '',
  );
  const [install, tests] = commands;
  expect(readFileSync(join(root, '.ci/run'), 'utf8')).toContain(tests);

  clone = mkdtempSync(join(tmpdir(), 'pj-clone-'));
  runtime = mkdtempSync(join(tmpdir(), 'pj-run-'));
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', root, clone]);
  const port = await freePort();
  const printed = execFileSync('sh', ['-c', install ?? 'false'], {
    cwd: clone,
    env: env(port),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(printed).toContain('Apply complete! Resources: 6 added, 0 changed, 0 destroyed.');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello\n');
}, 300_000);
