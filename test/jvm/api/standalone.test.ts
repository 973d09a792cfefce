import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_JAR, compileJava, javaHomes } from '../../support/java-host.ts';
import { programs } from './programs.ts';

const run = promisify(execFile);

describe.each(javaHomes())('pj-api.jar without a host JVM, Java $feature', (jdk) => {
  let dir: string;
  let classpath: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'pj-java-'));
    const shared = await compileJava(join(dir, 'shared'), programs('shared'));
    const classes = await compileJava(dir, programs('app'), { classpath: [shared] });
    classpath = [classes, shared, API_JAR].join(':');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const java = (args: string[], env: Record<string, string> = {}) =>
    run(join(jdk.home, 'bin/java'), ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-cp', classpath, ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      timeout: 180_000,
    });

  it('delivers in order, one at a time, past a subscriber that is stuck, and ends when nothing is open', async () => {
    const { stdout, stderr } = await java(['app.Alone']);
    expect(stdout.split('\n')).toEqual([
      'order true true one at a time true handled 8000',
      'slow true dropped 2 2 waiting 2',
      'topics []',
      'closing NoReplyException nobody answers the request on close: this application has closed its subscription',
      'closed Published[delivered=0, dropped=0] handled 1',
      'main ends',
      '',
    ]);
    expect(stderr).toContain('pj: 2 message(s) on slow.a were dropped, as 2 waited already');
  });

  it('makes threads that have entered their application and take over nothing, and gets along where there are no more', async () => {
    expect((await java(['app.Joined'])).stdout.split('\n')).toEqual([
      'all at once true []',
      'both stuck true',
      'delivered 5',
      'all got it true',
      'tasks 20',
      'no more threads Published[delivered=0, dropped=0]',
      'no more threads',
      'then both',
      'x was stopped: this run of it is over',
      'left 0',
      '',
    ]);
  });

  it('tells id, properties and volumes from properties and environment', async () => {
    for (const name of ['data', 'cache-1', 'logs']) mkdirSync(join(dir, name));
    const flags = ['-Dpj.id=shop', '-Dshop.name=corner', `-Dpj.volume.data=${join(dir, 'data')}`];
    const env = {
      PJ_VOLUME_DATA: '/nowhere',
      PJ_VOLUME_CACHE_1: join(dir, 'cache-1'),
      PJ_VOLUME_LOGS: join(dir, 'logs'),
    };
    const { stdout } = await java([...flags, 'app.Told', 'data', 'cache-1', 'none'], env);
    expect(stdout).toContain(`id shop
property corner otherwise ${jdk.feature}
config corner false
${join(dir, 'data/seen')}
${join(dir, 'cache-1/seen')}
IllegalArgumentException shop has no volume "none": it has PJ_VOLUME_CACHE_1, PJ_VOLUME_LOGS, data
UnsupportedOperationException null
Published[delivered=0, dropped=0]
`);
    expect(stdout).toContain('thread shop');
    expect(stdout).toContain('common pool shop');
    if (jdk.feature >= 21) expect(stdout).toContain('virtual shop');
    const bare = await java(['app.Told', 'data']);
    expect(bare.stdout).toContain('id null\n');
    expect(bare.stdout).toContain('this application has no volume "data": its descriptor has no volumes');
  });

  it('has a pool of the sizes that pj gives, whose tasks keep the JVM up and whose threads do not', async () => {
    const from = Date.now();
    const { stdout } = await java(['app.Pooled', 'short']);
    expect(Date.now() - from).toBeLessThan(20_000);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'main ends',
      'task 0 main true',
      'task 1 main true',
      'task 2 main true',
    ]);
    const sizes = [
      '-Dpj.threadPool.corePoolSize=2',
      '-Dpj.threadPool.queueCapacity=0',
      '-Dpj.threadPool.keepAlive=0.5',
    ];
    const filling = java([...sizes, 'app.Pooled', 'fill', join(dir, 'go')]);
    await expect(Promise.race([filling, new Promise((done) => setTimeout(done, 3_000, 'runs'))])).resolves.toBe('runs');
    filling.child.kill();
    const { stdout: filled } = (await filling.catch((error: unknown) => error)) as { stdout: string };
    expect(filled).toContain(
      'round 1 took 2: the pool of this application is full: it takes 2 tasks at work (java.threadPool.maxPoolSize) and 0 that wait (java.threadPool.queueCapacity)',
    );
  });

  if (jdk.feature < 24)
    it('works under a policy that trusts it and lets the application do next to nothing', async () => {
      const [policy, data] = [join(dir, 'java.policy'), join(dir, 'bound')];
      mkdirSync(data);
      writeFileSync(
        policy,
        `grant codeBase "file:${API_JAR}" { permission java.security.AllPermission; };
grant {
  permission java.util.PropertyPermission "*", "read";
  permission java.io.FilePermission "${data}/-", "read,write";
};
`,
      );
      const flags = ['-Djava.security.manager', `-Djava.security.policy==${policy}`, '-Dpj.id=bound'];
      const bound = (...args: string[]) => java([...flags, ...args], { PJ_VOLUME_DATA: data });
      expect((await bound('app.Alone')).stdout).toContain(
        'closed Published[delivered=0, dropped=0] handled 1\nmain ends\n',
      );
      expect((await bound('app.Pooled', 'short')).stdout).toContain('task 2');
      const told = (await bound('app.Told', 'data', 'none')).stdout;
      expect(told).toContain(
        `${join(data, 'seen')}\nIllegalArgumentException bound has no volume "none": it has PJ_VOLUME_DATA\n`,
      );
      const every = java([...flags, 'app.Everything']);
      every.child.stdout?.on('data', (text: string) => {
        if (text.includes('up')) every.child.kill('SIGTERM');
      });
      const { stdout, code } = (await every.catch((error: unknown) => error)) as { stdout: string; code: number };
      expect(stdout).toContain('stopped: Published[delivered=1, dropped=0] bound');
      expect(code).toBe(143);
    });
});
