import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { hostsOf, listHost } from '../support/java-hosts.ts';
import { freePort, Scratch, until } from '../support/pj.ts';

const API = resolve(import.meta.dirname, '../../dist/java/pj-api.jar');

needs('java')('examples/java', ({ java }) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });

  it('is compiled, comes up in order, sells over the bus, is redeployed live, and leaves nothing behind', async () => {
    const scratch = Scratch.example('java');
    pj = scratch;
    const port = await freePort();
    scratch.env = { ...scratch.env, PJ_VAR_port: String(port), PJ_VAR_api: API, JAVA_HOME: java.home };
    const buy = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/`)).text();
    const started = async () =>
      Object.fromEntries((await listHost(scratch)).apps.map(({ id, startedAt }) => [id, startedAt]));

    await scratch.ok(['validate']);
    await scratch.ok(['apply', '--auto-approve']);
    expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
    expect(hostsOf(scratch).map(({ id }) => id)).toEqual(['jvm.default']);
    expect(
      scratch
        .processes()
        .map(({ id }) => id)
        .sort(),
    ).toEqual(['jvm.default', 'report']);
    expect(await buy()).toMatch(/^a cup of tea; 9\d left$/m);
    expect((await scratch.ok(['logs', 'report'])).stdout).toMatch(/bought a cup of tea; 9\d left/);
    expect((await scratch.ok(['logs', 'stock'])).stdout).toMatch(/open with 100 cups/);

    // Stock alone is started anew.
    const first = await started();
    await scratch.ok(['apply', '--auto-approve', '--var', 'cups=5']);
    scratch.env = { ...scratch.env, PJ_VAR_cups: '5' };
    expect(await buy()).toMatch(/^a cup of tea; [0-4] left$/m);
    const second = await started();
    expect(second['till']).toBe(first['till']);
    expect(second['stock']).not.toBe(first['stock']);

    // Another class on disk is a change.
    const source = scratch.read('src/till/Till.java').replace('a cup of tea', 'a pot of tea');
    scratch.write({ 'src/till/Till.java': source });
    const to = join(scratch.dir, 'build/till');
    const files = [join(scratch.dir, 'src/till/Till.java')];
    await runTool(`${java.home}/bin/javac`, ['-proc:none', '-cp', API, '-d', to, ...files], '/', 60_000);
    expect((await scratch.ok(['plan', '--detailed-exitcode'], {}, 2)).stdout).toContain('till');

    const lineage = scratch.lineage();
    await scratch.ok(['destroy', '--auto-approve']);
    expect(scratch.lineage()).toBe(lineage);
    expect([scratch.processes(), scratch.cgroups()]).toEqual([[], []]);
    await until('the agent to end', () => scratch.agents().length === 0);
    expect(readdirSync(scratch.runtime, { recursive: true })).toEqual([]);
  });
});
