import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { callHost, hostsOf, listHost, runningApps, socketOf } from '../support/java-hosts.ts';
import { type Program, type ProgramName, programs, SAYS } from '../support/java-programs.ts';
import { alive, freePort, Scratch, until } from '../support/pj.ts';

const NAMES: readonly ProgramName[] = ['jetty', 'tomcat', 'h2', 'activemq'];
const APPLY = ['apply', '--auto-approve'];

needs('java')('real programs', ({ java: have }) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });

  /** A project with all four in this kind of JVM. */
  async function open(jvm: string): Promise<{ scratch: Scratch; all: Record<ProgramName, Program> }> {
    const scratch = new Scratch({ 'pj.yaml': 'name: programs\n' });
    pj = scratch;
    const [jetty, tomcat, h2, activemq] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const all = programs(have, scratch.dir, { jetty, tomcat, h2, activemq });
    for (const name of NAMES) {
      scratch.write(all[name].files);
      describeIt(scratch, name, all[name], jvm);
    }
    return { scratch, all };
  }

  /** Writes its descriptor. */
  function describeIt(scratch: Scratch, id: ProgramName, program: Program, jvm: string, more: object = {}): void {
    const { java, properties, healthCheck } = program;
    const descriptor = { applicationId: id, java: { ...java, jvm }, properties, healthCheck, ...more };
    scratch.write({ [`${id}.yaml`]: `${JSON.stringify(descriptor, undefined, 2)}\n` });
  }

  const change = ({ java, changed, ...program }: Program): Program => ({
    ...program,
    changed,
    java: { ...java, args: changed.args ?? java.args },
    properties: changed.properties ?? program.properties,
  });

  const keys = (...names: string[]): string[] => names.map((name) => `${name}@1`).sort();

  it('share one JVM: deployed, healthy, drifted, redeployed one by one, undeployed', async () => {
    const { scratch, all } = await open('shared');
    await scratch.ok(APPLY);
    expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
    expect(await runningApps(scratch)).toEqual(keys(...NAMES));
    expect(scratch.processes().map(({ id }) => id)).toEqual(['jvm.default']);
    for (const name of NAMES)
      expect([name, await all[name].use()]).toEqual([name, expect.stringMatching(SAYS[name].first)]);
    // Each to its own log.
    expect((await scratch.ok(['logs', 'activemq'])).stdout).toMatch(/Apache ActiveMQ 5\..* started/);
    expect((await scratch.ok(['logs', 'h2'])).stdout).toContain('TCP server running');
    expect((await scratch.ok(['logs', 'h2'])).stdout).not.toMatch(/ActiveMQ|jetty/);

    // Undeployed behind pj's back.
    const startOf = async () =>
      Object.fromEntries((await listHost(scratch)).apps.map(({ id, startedAt }) => [id, startedAt]));
    const before = await startOf();
    await callHost(socketOf(scratch), 'undeploy', { key: 'jetty@1', gracePeriod: 10 });
    const drift = await scratch.ok(['drift'], {}, 2);
    expect(drift.stdout).toContain('jetty');
    expect(drift.stdout).not.toContain('tomcat');
    await scratch.ok(APPLY);
    expect(await all.jetty.use()).toMatch(SAYS.jetty.first);
    const healed = await startOf();
    expect(healed['jetty']).not.toBe(before['jetty']);
    expect({ ...healed, jetty: '' }).toEqual({ ...before, jetty: '' });

    // Each is redeployed with a change; its neighbours do not notice.
    for (const name of NAMES) {
      const then = await startOf();
      describeIt(scratch, name, change(all[name]), 'shared');
      const plan = await scratch.ok(['plan', '--detailed-exitcode'], {}, 2);
      expect(plan.stdout).toMatch(/^Plan: 0 to add, 1 to change, 0 to destroy/m);
      await scratch.ok(APPLY);
      expect([name, await all[name].use()]).toEqual([name, expect.stringMatching(SAYS[name].changed)]);
      const now = await startOf();
      expect(Object.keys(now).filter((id) => now[id] !== then[id])).toEqual([name]);
    }
    await scratch.ok(['plan', '--detailed-exitcode']);

    // Its host is killed, and the agent brings all back without being asked.
    const [host] = hostsOf(scratch);
    if (host === undefined) throw new Error('no host');
    process.kill(host.pid, 'SIGKILL');
    await until('the end of the host', () => !alive(host.pid));
    await until(
      'all of them to run again',
      async () => (await runningApps(scratch).catch(() => [])).join() === keys(...NAMES).join(),
      60_000,
    );
    await scratch.ok(APPLY);
    await scratch.ok(['plan', '--detailed-exitcode']);
    // It runs as soon as its main was entered; what it listens on comes after.
    expect(await until('Tomcat to answer', () => all.tomcat.use().catch(() => ''), 90_000)).toMatch(
      SAYS.tomcat.changed,
    );

    // What goes takes its loader along, or pj says what holds it.
    const told: Record<string, string> = {};
    for (const name of NAMES) {
      scratch.write({ [`${name}.yaml`]: '' });
      if (name === NAMES.at(-1)) break;
      const { stdout, stderr } = await scratch.ok(APPLY);
      told[name] = stdout + stderr;
      const { host: now, apps } = await listHost(scratch);
      expect(apps.map(({ id }) => id)).not.toContain(name);
      const leak = now.leaks.find(({ key }) => key === `${name}@1`);
      if (leak === undefined) expect(told[name]).not.toMatch(/leak/i);
      else {
        expect(leak.by).not.toEqual([]);
        expect(told[name]).toMatch(/leak/i);
      }
    }
    expect(told['jetty']).not.toMatch(/leak/i);
    await leavesNothing(scratch);
  }, 300_000);

  it('each in a JVM of its own: deployed, healthy, killed, redeployed, gone', async () => {
    const { scratch, all } = await open('own');
    await scratch.ok(APPLY);
    expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
    expect(hostsOf(scratch)).toEqual([]);
    const ids = () =>
      scratch
        .processes()
        .map(({ id }) => id)
        .sort();
    expect(ids()).toEqual([...NAMES].sort());
    for (const name of NAMES)
      expect([name, await all[name].use()]).toEqual([name, expect.stringMatching(SAYS[name].first)]);

    // Without the agent nothing heals by itself, so that the drift can be seen.
    await scratch.ok(['agent', 'stop']);
    const victim = scratch.processes().find(({ id }) => id === 'activemq');
    if (victim === undefined) throw new Error('ActiveMQ does not run');
    process.kill(victim.pid, 'SIGKILL');
    await until('its end', () => !alive(victim.pid));
    const drift = await scratch.ok(['drift'], {}, 2);
    expect(drift.stdout).toContain('activemq');
    expect(drift.stdout).not.toContain('tomcat');
    await scratch.ok(APPLY);
    expect(ids()).toEqual([...NAMES].sort());

    for (const name of NAMES) describeIt(scratch, name, change(all[name]), 'own');
    await scratch.ok(APPLY);
    for (const name of NAMES)
      expect([name, await all[name].use()]).toEqual([name, expect.stringMatching(SAYS[name].changed)]);
    await scratch.ok(['plan', '--detailed-exitcode']);
    await leavesNothing(scratch);
  }, 300_000);

  it('one moves from a shared JVM to its own and back, with its data', async () => {
    const { scratch, all } = await open('shared');
    for (const name of NAMES) if (name !== 'h2') scratch.write({ [`${name}.yaml`]: '' });
    await scratch.ok(APPLY);
    expect(await all.h2.use()).toMatch(/rows\s*\|\s*1\b/);
    for (const [jvm, rows] of [
      ['own', 2],
      ['shared', 3],
    ] as const) {
      describeIt(scratch, 'h2', all.h2, jvm);
      await scratch.ok(APPLY);
      expect(await all.h2.use()).toMatch(new RegExp(`rows\\s*\\|\\s*${rows}\\b`));
      await scratch.ok(['plan', '--detailed-exitcode']);
      expect(scratch.processes().filter(({ id }) => id === 'h2').length).toBe(jvm === 'own' ? 1 : 0);
    }
    await leavesNothing(scratch);
  });

  it('two versions of one library run side by side in one JVM: HSQLDB 1.8 and 2', async () => {
    const scratch = new Scratch({ 'pj.yaml': 'name: versions\n' });
    pj = scratch;
    const [old, recent] = [await freePort(), await freePort()];
    const app = (id: string, path: string, mainClass: string, args: string[], pattern: string) => ({
      [`${id}.yaml`]: JSON.stringify({
        applicationId: id,
        java: { mainClass, classpath: path.split(':'), args, ports: [id === 'old' ? old : recent] },
        healthCheck: { type: 'log', pattern, interval: '200ms', startPeriod: '60s' },
      }),
    });
    const words = ['-address', '127.0.0.1', '-database.0', 'mem:a', '-dbname.0', 'a', '-port'];
    scratch.write(
      app('old', have.hsqldb1, 'org.hsqldb.Server', [...words, String(old)], 'HSQLDB server 1\\.8\\..* is online'),
    );
    const dashed = words.map((word) => (word.startsWith('-') ? `-${word}` : word));
    scratch.write(
      app(
        'recent',
        have.hsqldb2,
        'org.hsqldb.server.Server',
        [...dashed, String(recent)],
        'HSQLDB server 2\\..* is online',
      ),
    );
    await scratch.ok(APPLY);
    expect(await runningApps(scratch)).toEqual(keys('old', 'recent'));
    expect(hostsOf(scratch).length).toBe(1);
    await scratch.ok(['plan', '--detailed-exitcode']);
    await leavesNothing(scratch);
  });

  it('a quota changed in the kernel is drift, and put right while it runs', async (context) => {
    const { scratch, all } = await open('shared');
    for (const name of NAMES) if (name !== 'jetty') scratch.write({ [`${name}.yaml`]: '' });
    describeIt(scratch, 'jetty', all.jetty, 'shared', { resources: { cpu: 0.5, maxThreads: 100 } });
    await scratch.ok(APPLY);
    const { host, apps } = await listHost(scratch);
    if (!host.cgroup.cpu) return context.skip();
    expect(apps[0]?.held.cpu).toBe(0.5);
    const startedAt = apps[0]?.startedAt;
    const [file] = quotaFiles(scratch);
    if (file === undefined) throw new Error('no group of it has a quota');
    writeFileSync(file, file.endsWith('cpu.max') ? '10000 100000' : '10000');
    const drift = await scratch.ok(['drift'], {}, 2);
    expect(drift.stdout).toMatch(/jetty/);
    expect(drift.stdout).toMatch(/cpu/);
    await scratch.ok(APPLY);
    await scratch.ok(['plan', '--detailed-exitcode']);
    const after = await listHost(scratch);
    expect(after.apps[0]).toMatchObject({ held: { cpu: 0.5 }, startedAt });
    await leavesNothing(scratch);
  });

  /** Files of the kernel that hold a quota of half a core below the host's group. */
  const quotaFiles = (scratch: Scratch): string[] =>
    scratch.cgroups().flatMap((group) =>
      readdirSync(group, { recursive: true, encoding: 'utf8' })
        .filter((name) => /cpu\.(cfs_quota_us|max)$/.test(name))
        .map((name) => join(group, name))
        .filter((file) => /^50000\b/.test(readFileSync(file, 'utf8'))),
    );

  /** Throws unless a destroy leaves no process, group, socket or folder of it. */
  async function leavesNothing(scratch: Scratch): Promise<void> {
    await scratch.ok(['destroy', '--auto-approve']);
    expect([scratch.processes(), scratch.cgroups()]).toEqual([[], []]);
    await until('the agent to end', () => scratch.agents().length === 0);
    expect(readdirSync(scratch.runtime, { recursive: true })).toEqual([]);
    expect(existsSync(join(scratch.dir, '.pj/volumes'))).toBe(false);
  }
});
