import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Scratch, until } from '../support/pj.ts';

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

/** An installation whose copies of prom-client and of the bundle cannot be loaded unnoticed. */
function trapped(): string {
  const home = mkdtempSync(join(tmpdir(), 'pj-lazy-'));
  dirs.push(home);
  for (const name of ['bin', 'package.json', 'dist']) cpSync(join(root, name), join(home, name), { recursive: true });
  writeFileSync(join(home, 'dist/otel.cjs'), 'throw new Error("OpenTelemetry was loaded");');
  for (const name of ['pj.cjs', 'agent.cjs']) {
    const path = join(home, 'dist', name);
    const text = readFileSync(path, 'latin1');
    const trap = text.replaceAll(
      /^ {2}"node_modules\/prom-client\/lib\/registry\.js"\(.*\) \{$/gm,
      '$& throw new Error("prom-client was loaded");',
    );
    // Where the trap does not fit the bundle, nothing below would tell.
    expect([name, trap !== text]).toEqual([name, name === 'agent.cjs']);
    writeFileSync(path, trap, 'latin1');
  }
  return home;
}

it('neither it nor prom-client is loaded at the start of a command, nor by an agent that is asked for neither metrics nor telemetry', async () => {
  const home = trapped();
  const scratch = new Scratch({
    'one.yaml': 'applicationId: one\nnative: { command: sleep, args: ["1000"] }\nmonitoring: { enabled: true }\n',
  });
  const pj = (...args: string[]) =>
    new Promise<string>((done, failed) => {
      const options = { cwd: scratch.dir, env: { PATH: process.env['PATH'] ?? '', HOME: home, ...scratch.env } };
      execFile(process.execPath, [join(home, 'bin/pj.js'), ...args], options, (error, stdout, stderr) =>
        error === null ? done(stdout + stderr) : failed(new Error(`${stdout}${stderr}`)),
      );
    });
  const log = () => scratch.read('.pj/logs/agent.log');
  try {
    expect(await pj('validate')).not.toContain('was loaded');
    expect(await pj('apply', '--auto-approve')).not.toContain('was loaded');
    await until(
      'the first samples',
      async () => {
        const { watch } = JSON.parse(await pj('agent', 'status', '--json'));
        return watch?.sampling.ticks > 2;
      },
      60_000,
    );
    expect(log()).not.toContain('was loaded');
    // The same agent, asked for both: so the traps do spring.
    scratch.write({
      'pj.yaml': 'agent: { metrics: { port: 0 }, telemetry: { endpoint: "http://127.0.0.1:1" } }\n',
    });
    await pj('apply', '--auto-approve');
    await until('both', () => /prom-client was loaded/.test(log()) && /OpenTelemetry was loaded/.test(log()), 60_000);
  } finally {
    await scratch.cleanUp();
  }
}, 180_000);

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
