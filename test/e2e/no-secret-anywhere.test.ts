import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { markedProcesses, Scratch } from '../support/pj.ts';

let scratch: Scratch | undefined;
afterEach(async () => {
  await scratch?.cleanUp();
  scratch = undefined;
});

const canary = (name: string): string => `canary-${name}-${Math.random().toString(36).slice(2)}"\\<é`;

/** Each way a canary may have been written. */
function forms(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    encodeURIComponent(value),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('hex'),
  ];
}

function filesBelow(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map((name) => join(dir, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false);
}

describe('no sensitive value is ever written', () => {
  it('not in state, journal, plan file, logs of pj, events, argv or error texts', async () => {
    const secrets = {
      env: canary('env'),
      file: canary('file'),
      command: canary('command'),
      variable: canary('variable'),
      changed: canary('changed'),
    };
    const pj = new Scratch({
      'pj.yaml': `name: canaries
variables:
  token: { type: string, sensitive: true }
secrets:
  fromEnv: { env: CANARY_ENV }
  fromFile: { file: outside/secret.txt }
  fromCommand: { command: [cat, outside/other.txt] }
`,
      'all.yaml': `applicationId: holder
native: { command: /bin/sleep, args: ["100000"] }
env:
  A: \${secret.fromEnv}
  B: prefix-\${secret.fromFile}-suffix
  C: \${secret.fromCommand}
  D: \${var.token}
  E: \${env.CANARY_ENV}
---
applicationId: failing
native: { command: /bin/sh, args: ["-c", "exit 3"] }
env: { A: "\${secret.fromEnv}" }
healthCheck: { type: tcp, port: 1, interval: 100ms, startPeriod: 300ms, retries: 1 }
restart: { policy: no }
---
applicationId: probing
native: { command: /bin/sleep, args: ["100000"] }
env: { A: "\${secret.fromEnv}" }
healthCheck: { type: exec, command: [sh, -c, 'echo "$A" >&2; exit 1'], interval: 100ms, startPeriod: 300ms, retries: 1 }
`,
    });
    scratch = pj;
    pj.write({ 'outside/secret.txt': `${secrets.file}\n`, 'outside/other.txt': secrets.command });
    pj.env = { ...pj.env, CANARY_ENV: secrets.env, PJ_VAR_token: secrets.variable };

    const printed: string[] = [];
    const run = async (args: string[], env: Record<string, string> = {}): Promise<void> => {
      const ran = await pj.pj(args, env);
      printed.push(ran.stdout, ran.stderr);
    };
    await run(['plan', '--full']);
    await run(['plan', '--out', 'saved.plan', '--json-into', 'events.ndjson']);
    await run(['show', '--json', 'saved.plan']);
    await run(['plan', '--format', 'json']);
    await run(['plan', '--format', 'markdown']);
    await run(['apply', '--auto-approve', '--json']);
    // What was planted is really in the process, or this test shows nothing.
    const holder = markedProcesses(pj.lineage() ?? '').find((p) => p.id === 'holder');
    const environment = readFileSync(`/proc/${holder?.pid}/environ`, 'utf8');
    for (const value of [secrets.env, secrets.file, secrets.command, secrets.variable])
      expect(environment).toContain(value);

    await run(['plan', '--full'], { CANARY_ENV: secrets.changed });
    await run(['plan', '--out', 'changed.plan'], { CANARY_ENV: secrets.changed });
    await run(['apply', 'changed.plan']);
    await run(['apply', '--auto-approve'], { CANARY_ENV: secrets.changed });
    await run(['status', '--json']);
    await run(['drift', '--json']);
    await run(['state', 'pull']);
    await run(['show', '--json']);
    for (const pid of pj.agents()) process.kill(pid, 'SIGKILL');
    await run(['apply', '--auto-approve']);
    await run(['plan'], { CANARY_ENV: '' });

    const argv = [...pj.agents(), ...pj.processes().map((p) => p.pid)].map((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
    );
    const places: [string, string][] = [
      ...filesBelow(pj.dir)
        .filter((file) => !file.includes('/outside/'))
        .map((file): [string, string] => [file, readFileSync(file, 'utf8')]),
      ...filesBelow(pj.runtime).map((file): [string, string] => [file, readFileSync(file, 'utf8')]),
      ...printed.map((text, i): [string, string] => [`output ${i}`, text]),
      ...argv.map((text, i): [string, string] => [`argv ${i}`, text]),
    ];
    expect(places.length).toBeGreaterThan(20);
    const leaks = places.flatMap(([place, text]) =>
      Object.entries(secrets)
        .filter(([, value]) => forms(value).some((form) => text.includes(form)))
        .map(([name]) => `${name} is in ${place}`),
    );
    expect(leaks).toEqual([]);
  });

  it('a change of a sensitive value shows as a change of its digest', async () => {
    const pj = new Scratch({
      'pj.yaml': 'secrets: { s: { env: CANARY } }\n',
      'all.yaml': 'applicationId: a\nnative: { command: /bin/sleep, args: ["100000"] }\nenv: { S: "${secret.s}" }\n',
    });
    scratch = pj;
    await pj.ok(['apply', '--auto-approve'], { CANARY: 'first-value' });
    await pj.ok(['plan', '--detailed-exitcode'], { CANARY: 'first-value' });
    const changed = await pj.ok(['plan', '--detailed-exitcode'], { CANARY: 'second-value' }, 2);
    expect(changed.stdout).toMatch(/\(sensitive, changed #[0-9a-f]{4} -> #[0-9a-f]{4}\)/);
  });
});
