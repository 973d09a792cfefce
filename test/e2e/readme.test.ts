import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../support/pj.ts';

const root = resolve(import.meta.dirname, '../..');
let clone: string | undefined;
let runtime: string | undefined;
let port = 0;
const env = (): NodeJS.ProcessEnv => ({ ...process.env, XDG_RUNTIME_DIR: runtime, PJ_VAR_port: String(port) });

afterEach(() => {
  if (clone === undefined || runtime === undefined) return;
  // Where nothing was installed there is nothing to end; else what cannot be ended fails the test.
  if (existsSync(join(clone, 'dist/pj.cjs'))) {
    const destroy = ['bin/pj.js', 'destroy', '--dir', 'examples/quickstart', '--auto-approve'];
    execFileSync(process.execPath, destroy, { cwd: clone, env: env(), stdio: 'pipe' });
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
  port = await freePort();
  const printed = execFileSync('sh', ['-c', install ?? 'false'], {
    cwd: clone,
    env: env(),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  expect(printed).toContain('Apply complete! Resources: 6 added, 0 changed, 0 destroyed.');
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello\n');
}, 300_000);
