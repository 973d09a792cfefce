import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { PJ, Scratch } from '../support/pj.ts';

const scratches: Scratch[] = [];
function project(files: Record<string, string>): Scratch {
  const scratch = new Scratch(files);
  scratches.push(scratch);
  return scratch;
}
afterEach(async () => {
  for (const scratch of scratches.splice(0)) await scratch.cleanUp();
});

const EXTERNAL = {
  'pj.yaml': 'name: shop\n',
  'a.yaml': 'applicationId: db\nexternal: { address: 127.0.0.1, ports: { pg: 5432 } }\n',
};

describe('the commands, run as users run them', () => {
  it.each([
    [['aply'], 'PJ6001', 'Did you mean `pj apply`?'],
    [['plan', '--ouut', 'x'], 'PJ6002', 'Did you mean `--out`?'],
    [['plan', '-chdir=x'], 'PJ6002', 'no flag -chdir'],
    [['plan', '--refresh=false'], 'PJ6002', 'Did you mean `--no-refresh`?'],
    [['explain'], 'PJ6003', 'TOPIC'],
    [['plan', 'x'], 'PJ6004', 'x'],
    [['plan', '--format', 'yaml'], 'PJ6005', 'human, json, markdown'],
    [['plan', '--out'], 'PJ6005', '--out expects a value'],
    [['plan', '--destroy', '--refresh-only'], 'PJ6005', '--refresh-only and --destroy exclude each other'],
    [['drift', '--interval', '5s'], 'PJ6005', '`pj drift`: --interval is only for --watch'],
    [['drift', '--auto-approve'], 'PJ6005', '`pj drift`: --auto-approve is only for --heal'],
    [['drift', '--watch', '--interval', '10ms'], 'PJ6005', '--interval 10ms: at least 1 s'],
    [['drift', '--watch', '--interval', 'soon'], 'PJ6008', 'soon'],
    [['import', '--json', 'a', 'b'], 'PJ6005', '--json is only for --compose'],
    [['state', 'bogus'], 'PJ6001', 'pj state list'],
    [['explain', 'native.restart'], 'PJ6011', 'did you mean restart?'],
    [['apply', 'p', '--target', 'x', '--var', 'a=b'], 'PJ6006', '--var, --target'],
    [['apply'], 'PJ6007', 'the input is no terminal'],
    [['destroy', '--json'], 'PJ6007', '--auto-approve'],
    [['migrate', 'db', '--to', 'qemu:///system'], 'PJ6007', 'pj migrate needs approval'],
    [['snapshot', 'revert', 'db', 's1'], 'PJ6007', 'the input is no terminal'],
    [['snapshot', 'revert', 'db'], 'PJ6003', 'NAME'],
    [['console', 'db'], 'PJ6005', 'a console needs a terminal'],
    [['apply', '--auto-approve', '--lock-timeout', 'soon'], 'PJ6008', 'soon'],
    [['plan', '--var', 'x'], 'PJ6009', 'NAME=VALUE'],
    [['apply', '--auto-approve', '--parallelism', '0'], 'PJ6005', 'parallelism'],
    [['explain', 'nonesuch'], 'PJ6011', 'nonesuch'],
    [['logs', '--since', 'never'], 'PJ6012', 'never'],
  ])('%j is a usage error: exit 64, nothing on stdout', async (args, code, text) => {
    // Nothing is ever made here, so there is nothing to destroy.
    const scratch = new Scratch(EXTERNAL);
    const ran = await scratch.pj(args).finally(() => {
      rmSync(scratch.dir, { recursive: true });
      rmSync(scratch.runtime, { recursive: true });
    });
    expect(ran.stderr).toContain(code);
    expect(ran.stderr).toContain(text);
    expect(ran).toMatchObject({ code: 64, stdout: '' });
  });

  it('says so where there is no project, and that there is nothing to do where a command finds it done', async () => {
    const pj = project({ 'pj.yaml': 'name: shop\n' });
    for (const args of [['plan'], ['validate'], ['apply', '--auto-approve']]) {
      expect((await pj.ok(args)).stderr).toContain('`pj init` writes one to start from');
    }
    pj.write(EXTERNAL);
    expect((await pj.ok(['apply', '--auto-approve'])).stderr).not.toContain('pj init');
    expect((await pj.ok(['start', 'db'])).stdout).toBe('Nothing to do: db is running already.\n');
  });

  it('pushes a state that was pulled, and says what it holds', async () => {
    const pj = project(EXTERNAL);
    await pj.ok(['apply', '--auto-approve']);
    pj.write({ 'backup.state': (await pj.ok(['state', 'pull'])).stdout });
    expect((await pj.ok(['state', 'push', 'backup.state'])).stdout).toContain('The state is the same already');
    await pj.ok(['state', 'rm', 'db']);
    const refused = await pj.ok(['state', 'push', 'backup.state'], {}, 5);
    expect(refused.stderr).toContain('PJ3053');
    const pushed = await pj.ok(['state', 'push', '--force', 'backup.state']);
    expect(pushed.stdout).toMatch(/^The state is at serial \d+ now, with 1 workload\.$/m);
    expect((await pj.ok(['state', 'list'])).stdout).toBe('db\n');
  });

  it('begins a project beside files that are no descriptors, and names them', async () => {
    const pj = project({ 'package.json': '{ "name": "x" }\n', 'tsconfig.json': '{ // why\n}\n' });
    const { stderr } = await pj.ok(['init']);
    expect(stderr).toContain('exclude: [package.json, tsconfig.json]');
    expect((await pj.ok(['init', '--dir', 'new'])).stderr).toBe('\nNext: pj plan --dir new, then pj apply --dir new\n');
  });

  it('explains an exit code, and an error with its details in the hint', async () => {
    const pj = project(EXTERNAL);
    expect((await pj.ok(['explain', '7'])).stdout).toMatch(/^Exit code 7: what a saved plan/);
    await pj.ok(['apply', '--auto-approve']);
    expect((await pj.ok(['logs', 'db'], {}, 1)).stderr).toContain('PJ6092');
  });

  it('plans, saves, applies the file, and then has nothing to do', async () => {
    const pj = project(EXTERNAL);
    const plan = await pj.ok(['plan', '--detailed-exitcode', '--out', 'p'], {}, 2);
    expect(plan.stdout).toMatch(/^Plan: 1 to add, 0 to change, 0 to destroy\.$/m);
    expect(plan.stdout).toContain('Saved the plan to: p');
    expect((await pj.ok(['plan'])).stdout).toContain("You didn't use the --out option");
    expect(JSON.parse((await pj.ok(['show', '--json', 'p'])).stdout)).toMatchObject({ format_version: '1.2' });
    const applied = await pj.ok(['apply', 'p']);
    expect(applied.stdout).toContain('Apply complete! Resources: 1 added, 0 changed, 0 destroyed.');
    const again = await pj.ok(['plan', '-detailed-exitcode']);
    expect(again.stdout).toContain('No changes. Your infrastructure matches the configuration.');
    expect(again.stdout).not.toContain('--out');
    expect((await pj.ok(['state', 'list'])).stdout).toBe('db\n');
    expect((await pj.ok(['apply', 'p'], {}, 7)).stderr).toMatch(/Error: .*PJ2091/);
  });

  it('prints one JSON object a line with --json, also when it fails, and both with --json-into', async () => {
    const pj = project(EXTERNAL);
    const lines = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { type: string });
    const ran = await pj.ok(['apply', '--auto-approve', '--json']);
    const types = lines(ran.stdout).map((line) => line.type);
    expect(types[0]).toBe('version');
    expect(types.filter((type) => type === 'change_summary')).toHaveLength(2);
    pj.write({ 'a.yaml': 'applicationId: db\nexternal: { addres: x }\n' });
    const failed = await pj.pj(['apply', '--auto-approve', '--json']);
    expect(failed.code).toBe(1);
    expect(lines(failed.stdout).map((line) => line.type)).toEqual(
      expect.arrayContaining(['diagnostic', 'change_summary']),
    );
    pj.write(EXTERNAL);
    const both = await pj.ok(['plan', '--json-into', 'events']);
    expect(both.stdout).toContain('No changes.');
    expect(lines(pj.read('events'))[0]).toMatchObject({ type: 'version' });
    expect((await pj.ok(['plan', '--json-into', 'no/such/dir'], {}, 1)).stderr).toContain('PJ6010');
  });

  it('colours when told to, and not otherwise', async () => {
    const pj = project(EXTERNAL);
    const colour = '\u001b[';
    expect((await pj.ok(['plan'])).stdout).not.toContain(colour);
    expect((await pj.ok(['plan'], { FORCE_COLOR: '1' })).stdout).toContain(colour);
    expect((await pj.ok(['plan', '--no-color'], { FORCE_COLOR: '1' })).stdout).not.toContain(colour);
    expect((await pj.ok(['plan'], { FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain(colour);
    expect((await pj.pj(['nonesuch'], { FORCE_COLOR: '1' })).stderr).toContain(colour);
  });

  it('ends well when nobody reads, and says so when the output cannot be written', async () => {
    const pj = project(EXTERNAL);
    const bash = (command: string) =>
      new Promise<{ code: number; stdout: string; stderr: string }>((done) => {
        const env = { ...process.env, ...pj.env };
        execFile('bash', ['-c', command, PJ], { cwd: pj.dir, env, timeout: 60_000 }, (error, stdout, stderr) =>
          done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
        );
      });
    expect(await bash('set -o pipefail; node "$0" plan | head -1')).toMatchObject({ code: 0, stderr: '' });
    const full = await bash('node "$0" plan > /dev/full');
    expect(full.code).toBe(1);
    expect(full.stderr).toContain('PJ6014');
  });

  it('a global flag may stand before the command; the directory need not be the current one', async () => {
    const pj = project({
      'sub/pj.yaml': 'name: sub\n',
      'sub/a.yaml': 'applicationId: x\nexternal: { address: localhost }\n',
    });
    for (const args of [
      ['--dir', 'sub', 'validate'],
      ['validate', '--dir=sub'],
      ['validate', '-dir', 'sub'],
    ]) {
      expect((await pj.ok(args)).stdout).toBe('Success! The configuration is valid: 1 workload.\n');
    }
    expect((await pj.ok(['validate'], { PJ_DIR: 'sub' })).stdout).toContain('1 workload');
    expect((await pj.ok(['validate', '--dir', 'nowhere'], {}, 1)).stderr).toContain('nowhere');
  });

  it('completes commands, flags, workloads of descriptors and state, and variables', async () => {
    const pj = project({ ...EXTERNAL, 'pj.yaml': 'name: shop\nvariables: { port: { type: number, default: 1 } }\n' });
    const words = async (...line: string[]) =>
      (await pj.ok(['__complete', '--', ...line])).stdout.split('\n').map((l) => l.split('\t')[0]);
    expect(await words('pl')).toEqual(['plan', '']);
    expect(await words('state', '')).toEqual(expect.arrayContaining(['list', 'mv', 'unlock']));
    expect(await words('plan', '--detailed')).toEqual(['--detailed-exitcode', '']);
    expect(await words('plan', '--target', '')).toEqual(['db', '']);
    expect(await words('plan', '--target=d')).toEqual(['--target=db', '']);
    expect(await words('plan', '--target', '=', 'd')).toEqual(['db', '']);
    expect(await words('plan', '--var', '')).toEqual(['port=', '']);
    expect(await words('plan', '--format', 'm')).toEqual(['markdown', '']);
    expect(await words('--dir', '.', 'plan', '--form')).toEqual(['--format', '']);
    expect(await words('apply', '')).toEqual([':files', '']);
    expect(await words('plan', '--dir', '')).toEqual([':dirs', '']);
    expect(await words('logs', 'db', '')).toEqual(['']);
    expect(await words('completion', 'z')).toEqual(['zsh', '']);
    expect(await words('nonesuch', '')).toEqual(['']);
    pj.write({ 'a.yaml': 'applicationId: [broken' });
    expect(await words('plan', '--target', '')).toEqual(['']);
  });

  it('begins a project that validates, and never writes over one', async () => {
    const pj = project({});
    mkdirSync(join(pj.dir, 'new'));
    await pj.ok(['init', '--dir', 'new']);
    expect(readFileSync(join(pj.dir, 'new/.gitignore'), 'utf8')).toContain('.pj/');
    await pj.ok(['validate', '--dir', 'new']);
    expect((await pj.pj(['init', '--dir', 'new'])).code).not.toBe(0);
  });
});
