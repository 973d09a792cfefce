import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildAgent } from './ground.ts';

/** A user that nobody is. */
const UID = 54321;
const CHILD = `
import { nativeProvider } from ${JSON.stringify(join(import.meta.dirname, '../../src/providers/native/index.ts'))};
const [dir, agentEntry] = process.argv.slice(2);
const provider = nativeProvider({ dir, project: 'p', env: process.env, pjVersion: '0', agentEntry });
const context = { signal: new AbortController().signal, progress: () => {} };
const identity = { project: 'p', lineage: 'non-root-' + process.pid, id: 'a', generation: 1 };
const text = "const { spawn } = require('node:child_process'); spawn('sleep', ['1000'], { detached: true, stdio: 'ignore' }); setInterval(() => {}, 1e6); console.log('up', process.getuid())";
const spec = { resources: { memory: 64e6, cpu: 1 }, native: { command: process.execPath, args: ['-e', text] } };
const target = (handle) => ({ identity, handle, spec, stored: spec, specDigest: 'x' });
const findings = [...(await provider.check([{ id: 'a', kind: 'native', provider: 'native', dependencies: [], desiredState: 'running', lifecycle: {}, spec }], context)).values()].flat();
const created = await provider.create(target(null), context);
const started = await provider.start(target(created.handle), context);
const running = await provider.find(identity, context);
await new Promise((resolve) => setTimeout(resolve, 400));
const { scanMarked } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/os/process.ts'))});
const before = scanMarked(identity.lineage + '/').length;
await provider.stop(target(started.handle), context);
const stopped = await provider.find(identity, context);
const left = scanMarked(identity.lineage + '/');
await provider.destroy(target(started.handle), { destroyVolumes: true }, context);
await provider.close();
console.log(JSON.stringify({ findings, running: running.status, before, stopped: stopped.status, left: left.length }));
`;

describe.runIf(process.geteuid?.() === 0)('a user without rights', () => {
  let agent: Awaited<ReturnType<typeof buildAgent>>;
  let root: string;
  beforeAll(async () => {
    agent = await buildAgent();
    chmodSync(agent.dir, 0o755);
    root = mkdtempSync('/tmp/pj-non-root-');
    const project = join(root, 'project');
    const run = join(root, 'run');
    for (const dir of [project, run]) {
      mkdirSync(dir, { mode: 0o700 });
      chownSync(dir, UID, UID);
    }
    chmodSync(root, 0o755);
    writeFileSync(join(root, 'child.ts'), CHILD);
    await build({
      entryPoints: [join(root, 'child.ts')],
      outfile: join(root, 'child.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      logLevel: 'error',
    });
  });
  afterAll(() => {
    rmSync(agent.dir, { recursive: true, force: true });
    rmSync(root, { recursive: true, force: true });
  });

  it('runs and ends whole trees all the same, and is told which limit is not held', async () => {
    const { stdout } = await promisify(execFile)(
      'setpriv',
      [
        `--reuid=${UID}`,
        `--regid=${UID}`,
        '--clear-groups',
        process.execPath,
        join(root, 'child.mjs'),
        join(root, 'project'),
        agent.entry,
      ],
      { env: { PATH: process.env['PATH'], HOME: root, XDG_RUNTIME_DIR: join(root, 'run') }, cwd: '/', timeout: 90_000 },
    );
    const told = JSON.parse(stdout) as { findings: { path: string; severity: string; message: string }[] };
    expect(told).toMatchObject({ running: 'running', stopped: 'stopped', before: 2, left: 0 });
    expect(told.findings.map(({ path, severity }) => [path, severity])).toEqual([
      ['/resources/cpu', 'warning'],
      ['/resources/memory', 'warning'],
    ]);
    expect(told.findings[0]?.message).toContain('not held by the kernel here: not root');
  });
});
