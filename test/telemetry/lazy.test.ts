import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

it('no bundle but its own holds OpenTelemetry', () => {
  const holds = (name: string) => readFileSync(join(root, 'dist', name), 'latin1').includes('OTLPExportDelegate');
  expect(['pj.cjs', 'agent.cjs', 'index.mjs', 'vm-off.cjs'].filter(holds)).toEqual([]);
  expect(holds('otel.cjs')).toBe(true);
});

it('a run loads it where telemetry is on, and not where it is off', async () => {
  const home = mkdtempSync(join(tmpdir(), 'pj-lazy-'));
  dirs.push(home);
  for (const name of ['bin', 'package.json', 'dist/pj.cjs'])
    cpSync(join(root, name), join(home, name), { recursive: true });
  writeFileSync(join(home, 'dist/otel.cjs'), 'throw new Error("it was loaded");');
  const project = join(home, 'project');
  mkdirSync(project);
  const destroy = (env: Record<string, string>) =>
    new Promise<{ code: number; stderr: string }>((done) => {
      const options = { cwd: project, env: { PATH: process.env['PATH'] ?? '', HOME: home, ...env }, timeout: 90_000 };
      execFile(process.execPath, [join(home, 'bin/pj.js'), 'destroy', '--auto-approve'], options, (error, _, stderr) =>
        done({ code: error === null ? 0 : Number(error.code ?? -1), stderr }),
      );
    });
  expect(await destroy({})).toEqual({ code: 0, stderr: '' });
  const on = await destroy({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
  expect(on.code).toBe(0);
  expect(on.stderr).toContain('PJ5771');
  expect(on.stderr).toContain('it was loaded');
});
