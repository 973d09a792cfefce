import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { needs } from '../engines/engines.ts';
import { API_JAR } from '../support/java-host.ts';
import { compile } from '../support/java-hosts.ts';
import { Scratch, until } from '../support/pj.ts';

/** Says where its volumes are, counts in one, and fills the other with as many MiB as it is told. */
const KEEPER = `package app;
import io.pj.api.Pj;
import java.nio.file.Files;
import java.nio.file.Path;
public class Keeper {
  public static void main(String[] args) throws Exception {
    Path data = Path.of(System.getProperty("pj.volume.data"));
    Path cache = Path.of(System.getProperty("pj.volume.cache"));
    if (!Pj.volume("data").equals(data) || !Pj.volume("cache").equals(cache)) throw new IllegalStateException("Pj.volume is elsewhere");
    Path count = data.resolve("count");
    int before = Files.exists(count) ? Integer.parseInt(Files.readString(count)) : 0;
    Files.writeString(count, "" + (before + 1));
    boolean fresh = !Files.exists(cache.resolve("fill"));
    Files.write(cache.resolve("fill"), new byte[Integer.parseInt(args[0]) << 20]);
    System.out.println("start " + (before + 1) + " cache " + (fresh ? "fresh" : "there") + " at " + data + " and " + cache);
    Thread.sleep(Long.MAX_VALUE);
  }
}
`;
const APPLY = ['apply', '--auto-approve'];
const DESTROY = ['destroy', '--auto-approve'];

needs('java')('volumes of Java applications', ({ java }) => {
  let pj: Scratch | undefined;
  afterEach(async () => {
    await pj?.cleanUp();
    pj = undefined;
  });

  const describeIt = (scratch: Scratch, jvm: string, mib: number, size?: string): void => {
    const volumes = [
      { name: 'data', path: 'data', type: 'persistent' },
      { name: 'cache', path: 'cache', type: 'ephemeral', ...(size === undefined ? {} : { size }) },
    ];
    const app = { mainClass: 'app.Keeper', classpath: ['classes'], args: [String(mib)], jvm };
    const descriptor = { applicationId: 'keeper', java: app, volumes, stop: { gracePeriod: '10s' } };
    scratch.write({ 'keeper.yaml': JSON.stringify(descriptor) });
  };
  const open = async (jvm: string): Promise<Scratch> => {
    const scratch = new Scratch({ 'pj.yaml': 'name: volumes\n' });
    pj = scratch;
    scratch.env = { ...scratch.env, JAVA_HOME: java.home };
    await compile(java.home, join(scratch.dir, 'classes'), { 'app/Keeper.java': KEEPER }, { classpath: API_JAR });
    describeIt(scratch, jvm, 1);
    return scratch;
  };
  const log = async (scratch: Scratch): Promise<string> => (await scratch.pj(['logs', 'keeper'])).stdout;
  const says = (scratch: Scratch, text: string): Promise<unknown> =>
    until(`the log to say “${text}”`, async () => (await log(scratch)).includes(text));
  const folders = (scratch: Scratch): string[] => {
    const root = join(scratch.dir, '.pj/volumes');
    if (!existsSync(root)) return [];
    return readdirSync(root)
      .flatMap((owner) => readdirSync(join(root, owner)).map((name) => `${owner.replace(/@.*/, '@')}/${name}`))
      .sort();
  };

  it.each(['shared', 'own'])(
    'in a JVM that is %s: told by property; persistent ones stay until they are to go, ephemeral ones go',
    async (jvm) => {
      const scratch = await open(jvm);
      await scratch.ok(APPLY);
      const data = join(scratch.dir, '.pj/volumes/keeper/data');
      await says(scratch, `start 1 cache fresh at ${data} and ${join(scratch.dir, '.pj/volumes/keeper@')}`);
      expect(folders(scratch)).toEqual(['keeper/data', 'keeper@/cache']);
      expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');

      // Both outlive a restart.
      await scratch.ok(['restart', 'keeper']);
      await says(scratch, 'start 2 cache there');

      // The ephemeral one goes with its instance.
      await scratch.ok(DESTROY);
      expect(folders(scratch)).toEqual(['keeper/data']);
      expect(readFileSync(join(data, 'count'), 'utf8')).toBe('2');
      await scratch.ok(APPLY);
      await says(scratch, 'start 3 cache fresh');

      // The persistent one goes when that is asked for twice, and the plan says what would be lost.
      const refused = await scratch.pj([...DESTROY, '--destroy-volumes']);
      expect(refused.code).not.toBe(0);
      expect(refused.stdout + refused.stderr).toMatch(/PJ2021[\s\S]*volume data|volume data[\s\S]*PJ2021/);
      expect(readFileSync(join(data, 'count'), 'utf8')).toBe('3');
      const plan = await scratch.ok(['plan', '--destroy', '--destroy-volumes', '--allow-data-loss']);
      expect(plan.stdout).toMatch(/volume data \(data\)/);
      expect(plan.stdout).not.toContain('volume cache');
      await scratch.ok([...DESTROY, '--destroy-volumes', '--allow-data-loss']);
      expect(folders(scratch)).toEqual([]);
    },
  );

  it('that outgrow their size in a shared JVM are told in status and in both logs, and are no drift', async () => {
    const scratch = await open('shared');
    describeIt(scratch, 'shared', 12, '10MiB');
    await scratch.ok(APPLY);
    const told = 'volume cache holds 12 MiB of 10 MiB';
    await until('status to tell', async () =>
      (await scratch.ok(['status'])).stdout.replaceAll(/\s+/g, ' ').includes(told),
    );
    const line = 'volume cache holds 12 MiB, more than its size of 10 MiB';
    await says(scratch, line);
    expect((await scratch.ok(['logs', 'jvm.default'])).stdout).toContain(`keeper@1: ${line}`);
    expect((await scratch.ok(['plan', '--detailed-exitcode'])).stdout).toContain('No changes.');
    // More room ends the news.
    describeIt(scratch, 'shared', 12, '20MiB');
    await scratch.ok(APPLY);
    await until('status to be content', async () => !(await scratch.ok(['status'])).stdout.includes('volume cache'));
  });

  it('with a size in a JVM of its own are watched by nobody, as plan says', async () => {
    const scratch = await open('own');
    describeIt(scratch, 'own', 1, '10MiB');
    const { stdout, stderr } = await scratch.ok(['plan']);
    expect((stdout + stderr).replaceAll(/\s+/g, ' ')).toContain('nothing holds or watches the size of this volume');
  });

  it('are there again after somebody removed them, when it is started anew', async () => {
    const scratch = await open('shared');
    await scratch.ok(APPLY);
    await says(scratch, 'start 1 cache fresh');
    rmSync(join(scratch.dir, '.pj/volumes'), { recursive: true });
    await scratch.ok(['restart', 'keeper']);
    await until('a second first start', async () => (await log(scratch)).match(/start 1 cache fresh/g)?.length === 2);
    expect(folders(scratch)).toEqual(['keeper/data', 'keeper@/cache']);
  });
});
