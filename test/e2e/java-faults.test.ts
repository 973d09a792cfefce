import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { answers, compile, hostsOf, jdks, listHost, runningApps } from '../support/java-hosts.ts';
import { alive, freePort, Scratch, until } from '../support/pj.ts';

/** Does as its first argument says. */
const SOURCE = `import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
public final class Faulty {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "throw" -> throw new IllegalStateException("no luck today");
            case "exit" -> System.exit(7);
            case "eat" -> {
                List<byte[]> eaten = new ArrayList<>();
                for (;;) {
                    byte[] one = new byte[1 << 20];
                    for (int i = 0; i < one.length; i += 1024) one[i] = 1;
                    eaten.add(one);
                }
            }
            case "direct" -> {
                List<ByteBuffer> eaten = new ArrayList<>();
                for (;;) eaten.add(ByteBuffer.allocateDirect(1 << 20));
            }
            case "listen" -> {
                HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1])), 0);
                server.createContext("/", exchange -> {
                    exchange.sendResponseHeaders(200, 2);
                    exchange.getResponseBody().write("ok".getBytes());
                    exchange.close();
                });
                server.start();
                Runtime.getRuntime().addShutdownHook(new Thread(() -> server.stop(0)));
            }
            case "accept" -> {
                ServerSocket server = new ServerSocket(Integer.parseInt(args[1]), 5, InetAddress.getLoopbackAddress());
                for (;;) {
                    Socket client = server.accept();
                    new Thread(() -> {
                        try {
                            client.getOutputStream().write("hi".getBytes());
                            while (client.getInputStream().read() >= 0) Thread.onSpinWait();
                        } catch (IOException closed) {
                            System.out.println("closed: " + closed.getMessage());
                        }
                    }).start();
                }
            }
            case "deaf" -> {
                for (;;) {
                    try {
                        Thread.sleep(1_000);
                    } catch (InterruptedException ignored) {
                        // That is the fault.
                    }
                }
            }
            default -> Thread.sleep(Long.MAX_VALUE);
        }
    }
}
`;
const APPLY = ['apply', '--auto-approve'];
const BOTH = ['shared', 'own'] as const;

needs('java')('faults of Java applications', ({ java: have }) => {
  let classes = '';
  let pj: Scratch | undefined;
  beforeAll(async () => {
    classes = mkdtempSync(join(tmpdir(), 'pj-faults-'));
    const nothing = 'public final class Mainless { public static void other() {} }';
    await compile(have.home, classes, { 'Faulty.java': SOURCE, 'Mainless.java': nothing });
    // The class of a Java that nobody has yet.
    const bytes = readFileSync(join(classes, 'Faulty.class'));
    bytes.writeUInt16BE(44 + 99, 6);
    mkdirSync(join(classes, 'newer'));
    writeFileSync(join(classes, 'newer/Faulty.class'), bytes);
  });
  afterAll(() => {
    for (const dir of [classes, `${classes}.src`]) rmSync(dir, { recursive: true, force: true });
  });
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });

  /** A project with applications in it: what each has beside Faulty on its class path. */
  function open(apps: Record<string, object>, files: Record<string, string> = {}): Scratch {
    const scratch = new Scratch({ 'pj.yaml': 'name: faults\n', ...files });
    pj = scratch;
    scratch.env = { ...scratch.env, JAVA_HOME: have.home };
    describeAll(scratch, apps);
    return scratch;
  }
  function describeAll(scratch: Scratch, apps: Record<string, object>): void {
    for (const [id, more] of Object.entries(apps)) {
      const { java, ...rest } = { java: {}, ...more };
      const app = { applicationId: id, java: { mainClass: 'Faulty', classpath: [classes], args: ['wait'], ...java } };
      scratch.write({
        [`${id}.yaml`]: `${JSON.stringify('jvm' in rest ? { applicationId: id, ...rest } : { ...app, ...rest })}\n`,
      });
    }
  }
  /** All that it printed, in one line. */
  const told = ({ stdout, stderr }: { stdout: string; stderr: string }): string =>
    (stdout + stderr).replaceAll(/\s*\n\s*│?\s*/g, ' ').replaceAll(/\s+/g, ' ');
  const mended = async (scratch: Scratch): Promise<void> => {
    await scratch.ok(APPLY);
    await scratch.ok(['plan', '--detailed-exitcode']);
    await scratch.ok(['destroy', '--auto-approve']);
    expect([scratch.processes(), scratch.cgroups()]).toEqual([[], []]);
  };

  it.each(BOTH)('%s: no Java at all, and one that is too old', async (jvm) => {
    const scratch = open({ app: { java: { jvm } } });
    const env = { JAVA_HOME: '', PATH: '/nonexistent' };
    for (const command of [['plan'], APPLY]) {
      const said = told(await scratch.ok(command, env, 1));
      expect(said).toMatch(/no Java that \S+ can use: JAVA_HOME is not set/);
      expect(said).toContain('apt-get install openjdk-17-jre-headless');
    }
    expect(scratch.processes()).toEqual([]);
    describeAll(scratch, { app: { java: { jvm, version: '>=99' } } });
    const old = told(await scratch.ok(['plan'], {}, 1));
    expect(old).toMatch(/>= ?99/);
    expect(old).toContain('17');
    describeAll(scratch, { app: { java: { jvm, version: 17 } } });
    await mended(scratch);
  });

  it.each(BOTH)('%s: a class path that is not there, or is no jar', async (jvm) => {
    const scratch = open(
      {
        missing: { java: { jvm, classpath: ['lib/nowhere.jar'] } },
        text: { java: { jvm, classpath: [classes, 'lib/text.jar'] } },
      },
      { 'lib/text.jar': 'this is no jar' },
    );
    const said = told(await scratch.ok(APPLY, {}, 1));
    expect(said).toMatch(/missing: \/java\/classpath\/0: \S+lib\/nowhere\.jar is not there/);
    expect(said).toMatch(/text: \/java\/classpath\/1: \S+lib\/text\.jar is no jar/);
    expect(said).toContain('paths are relative to the project');
    describeAll(scratch, { missing: { java: { jvm } }, text: { java: { jvm } } });
    await mended(scratch);
  });

  /** What is wrong with the main class, and what has to be said. */
  const MAINS: [string, object, RegExp][] = [
    ['there is no such class', { mainClass: 'com.example.Nobody' }, /com\.example\.Nobody/],
    ['it has no main', { mainClass: 'Mainless' }, /main/],
    ['it is of a newer Java', {}, /(?:version of the Java Runtime|UnsupportedClassVersion|Java 99)/],
    ['main throws', { args: ['throw'] }, /no luck today/],
    ['it exits', { args: ['exit'] }, /\b7\b/],
  ];
  it.each(MAINS)('shared: %s; the neighbour does not notice, and mended it starts', async (name, java, words) => {
    const newer = name.includes('newer') ? { classpath: [join(classes, 'newer')] } : {};
    const restart = { policy: 'no' };
    const scratch = open({ neighbour: {} });
    await scratch.ok(APPLY);
    describeAll(scratch, { app: { java: { ...java, ...newer }, restart } });
    const ran = await scratch.pj(APPLY);
    // What ends by itself after it was started may be found by apply or by the next plan.
    const said = ran.code === 0 ? told(await scratch.ok(['drift'], {}, 2)) : told(ran);
    const logs = told(await scratch.pj(['logs', 'app', 'jvm.default']));
    expect(said + logs).toMatch(words);
    expect(said).toContain('app');
    expect(await runningApps(scratch)).toEqual(['neighbour@1']);
    describeAll(scratch, { app: {} });
    await mended(scratch);
  });
  it.each(MAINS)('own: %s; mended it starts', async (name, java, words) => {
    const newer = name.includes('newer') ? { classpath: [join(classes, 'newer')] } : {};
    const scratch = open({ app: { java: { jvm: 'own', ...java, ...newer }, restart: { policy: 'no' } } });
    const ran = await scratch.pj(APPLY);
    await until('its end', () => scratch.processes().length === 0);
    const said = ran.code === 0 ? told(await scratch.ok(['drift'], {}, 2)) : told(ran);
    expect(said).toContain('app');
    expect(said + told(await scratch.pj(['logs', 'app']))).toMatch(words);
    describeAll(scratch, { app: { java: { jvm: 'own' } } });
    await mended(scratch);
  });

  it('two on one port: told at plan where they say so, else by the one that comes second', async () => {
    const port = await freePort();
    const java = { args: ['listen', String(port)] };
    const scratch = open({ one: { java: { ...java, ports: [port] } }, two: { java: { ...java, ports: [port] } } });
    expect(told(await scratch.ok(['plan'], {}, 1))).toMatch(new RegExp(`port ${port}`));
    const healthCheck = { type: 'tcp', port, interval: '200ms' };
    describeAll(scratch, {
      one: { java, healthCheck },
      two: { java, dependencies: ['one'], restart: { policy: 'no' } },
    });
    const ran = await scratch.pj(APPLY);
    const said = ran.code === 0 ? told(await scratch.ok(['drift'], {}, 2)) : told(ran);
    expect(said + told(await scratch.pj(['logs', 'two']))).toMatch(/BindException|Address already in use/);
    expect(await answers(port)).toBe('ok');
    expect(await runningApps(scratch)).toEqual(['one@1']);
    describeAll(scratch, { two: {} });
    await mended(scratch);
  });

  it('a heap that is too small ends the host, which its log tells; without who ate it all comes back', async () => {
    const host = { 'jvm.default': { jvm: { heap: '24MiB' }, restart: { policy: 'always', delay: '100ms' } } };
    const scratch = open({ neighbour: {}, ...host });
    await scratch.ok(APPLY);
    const [before] = hostsOf(scratch);
    describeAll(scratch, { app: { java: { args: ['eat'] }, restart: { policy: 'no' } } });
    await scratch.pj(APPLY);
    await until('the end of the host', () => before !== undefined && !alive(before.pid), 60_000);
    const logs = told(await scratch.ok(['logs', 'jvm.default']));
    expect(logs).toMatch(/Terminating due to java\.lang\.OutOfMemoryError/);
    // Else the agent brings it back with its host, and it eats again.
    await until('it to be stopped', async () => (await scratch.pj(['stop', 'app'])).code === 0, 60_000);
    describeAll(scratch, { app: {} });
    await until('apply to mend it', async () => (await scratch.pj(APPLY)).code === 0, 60_000);
    await mended(scratch);
  });

  it('the kernel ends a host for its memory: told, and what it had comes back', async (context) => {
    // What is beside the heap is not held by -Xmx.
    const jvm = { heap: '32MiB', args: ['-XX:+UseSerialGC', '-XX:MaxDirectMemorySize=1g'] };
    const memory = { jvm, resources: { memory: '160MiB' } };
    const scratch = open({
      app: { java: { args: ['direct'] }, restart: { policy: 'no' } },
      neighbour: {},
      'jvm.default': { ...memory, restart: { policy: 'no' } },
    });
    const ran = await scratch.pj(APPLY);
    expect([0, 4]).toContain(ran.code);
    if (process.getuid?.() !== 0) return context.skip();
    await until('the end of the host', () => hostsOf(scratch).length === 0, 60_000);
    const drift = told(await scratch.ok(['drift'], {}, 2));
    expect(drift).toMatch(/jvm\.default/);
    expect(drift).toMatch(/memory|OOM/i);
    expect(drift).toContain('neighbour');
    // Else the agent brings it back with its host, and it eats again.
    await until('it to be stopped', async () => (await scratch.pj(['stop', 'app'])).code === 0, 60_000);
    describeAll(scratch, { app: {} });
    await until('apply to mend it', async () => (await scratch.pj(APPLY)).code === 0, 60_000);
    await mended(scratch);
  });

  it('the program of host JVMs is not there: told at plan with what to do', async () => {
    const scratch = open({ app: {} });
    const root = resolve(import.meta.dirname, '../..');
    const elsewhere = join(scratch.dir, '.pj-elsewhere');
    const filter = (from: string) => !from.startsWith(join(root, 'dist/java')) && !from.endsWith('/types');
    for (const name of ['bin', 'dist', 'package.json'])
      cpSync(join(root, name), join(elsewhere, name), { recursive: true, filter });
    const ran = spawnSync(process.execPath, [join(elsewhere, 'bin/pj.js'), 'plan'], {
      cwd: scratch.dir,
      env: { ...process.env, ...scratch.env },
      encoding: 'utf8',
    });
    const said = told(ran);
    expect([ran.status, said]).toEqual([1, expect.stringContaining('the program of host JVMs is not there')]);
    expect(said).toContain('npm run build');
    await mended(scratch);
  });

  const [modern] = jdks().filter(({ feature }) => feature >= 24);
  if (modern !== undefined)
    it.each([
      ['shared', 'allowNetworking: false', /java\.jvm: own/],
      ['own', 'allowNetworking: false', /privateNetwork/],
      ['own', 'allowFileSystem: false', /readOnlyRoot/],
    ] as const)('a security policy on Java 24 and later, %s, %s: what to use instead', async (jvm, policy, hint) => {
      const [key = '', value = ''] = policy.split(': ');
      const security = { [key]: value === 'true' };
      const home = modern?.home ?? '';
      const scratch = open({
        app: { java: { jvm, ...(jvm === 'own' ? { home } : {}) }, security },
        ...(jvm === 'shared' ? { 'jvm.default': { jvm: { home } } } : {}),
      });
      const said = told(await scratch.ok(['plan'], {}, 1));
      expect(said).toContain(key);
      expect(said).toMatch(hint);
    });

  /** Keys that cannot be held in a shared JVM. */
  const REFUSED: [pointer: string, more: object, answer?: string][] = [
    ['/resources/memory', { resources: { memory: '64MiB' } }],
    ['/resources/maxProcesses', { resources: { maxProcesses: 5 } }],
    ['/env', { env: { A: 'b' } }],
    ['/java/home', { java: { home: '/usr' } }],
    ['/java/jvmArgs', { java: { jvmArgs: ['-Xint'] } }],
    ['/java/heap', { java: { heap: '64MiB' } }],
    ['/security/user', { security: { user: 'nobody' } }],
    ['/security/group', { security: { group: 'nogroup' } }],
    ['/security/noNewPrivileges', { security: { noNewPrivileges: true } }],
    ['/security/capabilities', { security: { capabilities: [] } }],
    ['/security/readOnlyRoot', { security: { readOnlyRoot: true } }],
    ['/security/writablePaths', { security: { writablePaths: ['/tmp'] } }],
    ['/security/privateNetwork', { security: { privateNetwork: true } }],
    ['/security/privateTmp', { security: { privateTmp: true } }],
    ['/security/untrusted', { security: { untrusted: true } }],
    ['/resources/enforcement/cpu', { resources: { cpu: 1, enforcement: { cpu: 'KILL' } } }],
    ['/volumes/0', { volumes: [{ name: 'tmp', path: 'tmp', type: 'tmpfs' }] }, 'Use an ephemeral volume'],
  ];
  it('what a shared JVM cannot hold is refused at plan, each with its answer; in an own JVM it is not', async () => {
    const nameOf = (at: number): string => `app-${at}`;
    const all = (jvm: string) =>
      Object.fromEntries(
        REFUSED.map(([, more], at) => {
          const { java, ...rest } = { java: {}, ...more };
          return [nameOf(at), { ...rest, java: { ...java, jvm } }];
        }),
      );
    const scratch = open(all('shared'));
    const { stdout, stderr } = await scratch.ok(['plan', '--no-color'], {}, 1);
    const complaints = told({ stdout, stderr }).split(/(?=Error: app-\d+: )/);
    const silent = REFUSED.filter(
      ([pointer, , answer = 'java.jvm: own'], at) =>
        !complaints.some((one) => one.startsWith(`Error: ${nameOf(at)}: ${pointer}`) && one.includes(answer)),
    );
    expect(silent.map(([pointer]) => pointer)).toEqual([]);
    describeAll(scratch, all('own'));
    const own = await scratch.pj(['plan', '--no-color']);
    expect(own.stdout + own.stderr).not.toContain('java.jvm: own');
  });

  it('a host is killed while no agent is there: status, plan and apply', async () => {
    const scratch = open({ one: {}, two: { dependencies: ['one'] } });
    await scratch.ok(APPLY);
    await scratch.ok(['agent', 'stop']);
    const [host] = hostsOf(scratch);
    if (host === undefined) throw new Error('no host');
    process.kill(host.pid, 'SIGKILL');
    await until('its end', () => !alive(host.pid));
    const status = told(await scratch.pj(['status']));
    for (const id of ['one', 'two', 'jvm.default']) expect(status).toContain(id);
    expect(status).toMatch(/jvm\.default does not run|dead|failed/i);
    const plan = told(await scratch.ok(['plan', '--detailed-exitcode'], {}, 2));
    for (const id of ['one', 'two', 'jvm.default']) expect(plan).toContain(id);
    await scratch.ok(APPLY);
    expect(await runningApps(scratch)).toEqual(['one@1', 'two@1']);
    await mended(scratch);
  });

  it('threads that wait at sockets, which no interrupt wakes, end with a stop', async () => {
    const port = await freePort();
    const app = { java: { args: ['accept', String(port)] }, stop: { gracePeriod: '5s' }, restart: { policy: 'no' } };
    const scratch = open({ app: { ...app, healthCheck: { type: 'tcp', port, interval: '200ms' } }, neighbour: {} });
    await scratch.ok(APPLY);
    const client = createConnection(port, '127.0.0.1');
    const closed = new Promise<void>((done) => client.on('close', () => done()).on('error', () => done()));
    await new Promise((connected) => client.once('data', connected));
    await scratch.ok(['stop', 'app']);
    await closed;
    expect(await runningApps(scratch)).toEqual(['neighbour@1']);
    await scratch.ok(['start', 'app']);
    await mended(scratch);
  });

  it('a thread that ignores interrupts: told by its name, the neighbour lives, and the restart of the host ends it', async () => {
    const stop = { gracePeriod: '1s' };
    const scratch = open({ app: { java: { args: ['deaf'] }, stop }, neighbour: {} });
    await scratch.ok(APPLY);
    const ran = await scratch.pj(['stop', 'app']);
    expect(ran.code).not.toBe(0);
    const said = told(ran);
    expect(said).toMatch(/app does not end in the JVM jvm\.default: main.* \(PJ5605\)/);
    expect((await scratch.ok(['explain', 'PJ5605'])).stdout).toMatch(/pj restart/);
    expect(await runningApps(scratch)).toContain('neighbour@1');
    await scratch.ok(['restart', 'jvm.default', '--auto-approve']).catch(() => scratch.ok(['restart', 'jvm.default']));
    await scratch.ok(APPLY);
    expect(await runningApps(scratch)).toEqual(['app@1', 'neighbour@1']);
    expect((await listHost(scratch)).host.leaks).toEqual([]);
    // It goes with its host.
    await scratch.ok(['destroy', '--auto-approve']);
    expect([
      scratch.processes(),
      scratch.cgroups(),
      readdirSync(scratch.runtime).filter((name) => /jvm-/.test(name)),
    ]).toEqual([[], [], []]);
  });
});
