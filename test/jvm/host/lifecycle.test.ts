import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileJava, javaHomes, startHost, type TestHost } from '../../support/java-host.ts';

const SOURCES = {
  'app.Service': `package app;
public class Service {
  public static void main(String[] args) throws Exception {
    System.out.println("up " + String.join(",", args));
    Thread.sleep(Long.MAX_VALUE);
  }
}`,
};

describe.each(javaHomes())('an application in a host JVM, Java $feature', (jdk) => {
  let host: TestHost;
  let dir: string;
  let classes: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'pj-java-'));
    classes = await compileJava(dir, SOURCES);
    host = await startHost({ jdk });
  });
  afterAll(async () => {
    await host?.end();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is deployed, started, stopped and undeployed, each twice', async () => {
    const app = host.app({ id: 'plain', mainClass: 'app.Service', classpath: [classes], args: ['a', 'b'] });
    for (let i = 0; i < 2; i++)
      expect(await host.call('deploy', { app })).toMatchObject({ phase: 'deployed', run: null });
    const first = await host.call('start', { app, run: 'r1' });
    expect(first).toMatchObject({ phase: 'running', run: 'r1', restarts: 0, digest: app.digest, threads: 1 });
    expect(await host.call('start', { app, run: 'r1' })).toEqual(first);
    // What runs with this digest stays.
    expect(await host.call('start', { app, run: 'r2' })).toMatchObject({ startedAt: first.startedAt, run: 'r2' });
    expect((await host.call('list', {})).apps.map((one) => one.key)).toContain('plain@1');
    for (let i = 0; i < 2; i++) {
      const stopped = await host.call('stop', { key: app.key, gracePeriod: 5 });
      expect(stopped).toMatchObject({ phase: 'stopped', threads: 0 });
    }
    const gone = await host.call('undeploy', { key: app.key, gracePeriod: 5 });
    expect(gone).toMatchObject({ leak: null });
    expect(await host.call('undeploy', { key: app.key, gracePeriod: 5 })).toBeNull();
    expect(await host.call('stop', { key: app.key, gracePeriod: 5 })).toBeNull();
    expect((await host.call('hello', {})).leaks).toEqual([]);
  });
});
