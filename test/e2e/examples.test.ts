import { existsSync, readdirSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { alive, EXAMPLES, freePort, Scratch, until } from '../support/pj.ts';

const scratches: Scratch[] = [];
async function example(name: string): Promise<Scratch> {
  const scratch = Scratch.example(name);
  scratches.push(scratch);
  const port = String(await freePort());
  // Two runs of this test at once must not want the same port.
  scratch.env = { ...scratch.env, PJ_VAR_port: port, DB_PASSWORD: 'canary-of-the-example' };
  // The agent's own port is in pj.yaml.
  const file = scratch.read('pj.yaml');
  scratch.write({ 'pj.yaml': file.replace(/^( *port:) 9464$/m, '$1 0') });
  return scratch;
}
afterEach(async () => {
  for (const scratch of scratches.splice(0)) await scratch.cleanUp();
});

/** Those that take a container engine or a JDK have tests of their own: mixed.test.ts, lxc.test.ts, platform.test.ts, java-example.test.ts. */
const WITH_ENGINES = ['mixed', 'lxc', 'platform', 'java'];

describe.each(readdirSync(EXAMPLES).filter((name) => !WITH_ENGINES.includes(name)))('examples/%s', (name) => {
  it('validates, applies, plans nothing more, drifts when a process dies, heals, and leaves nothing behind', async () => {
    const pj = await example(name);
    await pj.ok(['validate']);
    expect((await pj.ok(['plan', '--detailed-exitcode'], {}, 2)).stdout).toMatch(
      /^Plan: \d+ to add, 0 to change, 0 to destroy\.$/m,
    );
    await pj.ok(['apply', '--auto-approve']);
    const again = await pj.ok(['plan', '--detailed-exitcode']);
    expect(again.stdout).toContain('No changes. Your infrastructure matches the configuration.');
    await pj.ok(['drift']);

    // Without the agent nothing heals by itself, so that the drift can be seen.
    await pj.ok(['agent', 'stop']);
    const victim = pj.processes()[0];
    if (victim === undefined) throw new Error('nothing runs');
    process.kill(victim.pid, 'SIGKILL');
    await until('the process to be gone', () => !alive(victim.pid));
    const drift = await pj.ok(['drift'], {}, 2);
    expect(drift.stdout).toContain(victim.id);
    await pj.ok(['apply', '--auto-approve']);
    await pj.ok(['plan', '--detailed-exitcode']);
    expect(pj.processes().filter((p) => p.id === victim.id)).toHaveLength(1);

    const lineage = pj.lineage();
    if (process.getuid?.() === 0) expect(pj.cgroups()).not.toEqual([]);
    await pj.ok(['destroy', '--auto-approve']);
    expect(pj.lineage()).toBe(lineage);
    expect(pj.processes()).toEqual([]);
    expect(pj.cgroups()).toEqual([]);
    await until('the agent to end', () => pj.agents().length === 0);
    expect(readdirSync(pj.runtime, { recursive: true })).toEqual([]);
    expect(
      readdirSync(`${pj.dir}/.pj`).filter(
        (file) => !/^(state\.json|backups|key|logs|audit|events|journal|agent$|\.gitignore|greeting)/.test(file),
      ),
    ).toEqual([]);
    // What pj.yaml says for the agent, and what it has counted: no workload, and no agent.
    const agent = `${pj.dir}/.pj/agent`;
    const left = existsSync(agent) ? readdirSync(agent) : [];
    expect(left.filter((file) => file !== 'config.json' && file !== 'awake.json')).toEqual([]);
  });
});
