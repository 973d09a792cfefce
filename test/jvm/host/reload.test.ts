import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AppCall } from '../../../src/jvm/protocol.ts';
import { compileJava, javaHomes } from '../../support/java-host.ts';
import { failure, withHost } from './with-host.ts';

const service = (version: string, start = ''): Record<string, string> => ({
  'app.Service': `package app;
public class Service {
  public static void main(String[] args) throws Exception {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("${version} down")));
    ${start}
    System.out.println("${version} up");
    Thread.sleep(Long.MAX_VALUE);
  }
}`,
});

describe.each(javaHomes())('the reload of an application, Java $feature', (jdk) => {
  const at = withHost(jdk, {});
  const jars: Record<string, string> = {};
  beforeAll(async () => {
    for (const [name, start] of [
      ['v1', ''],
      ['v2', ''],
      ['throws', 'if (true) throw new IllegalStateException("port in use");'],
      ['exits', 'System.exit(3);'],
    ] as const) {
      jars[name] = await compileJava(join(at.dir, name), service(name, start), { jar: `${name}.jar` });
    }
  });
  const wanted = (id: string, version: string): AppCall =>
    at.host.app({ id, mainClass: 'app.Service', classpath: [jars[version] ?? '/nowhere.jar'], digest: version });

  it('switches to the new one when it runs, and the old one goes', async () => {
    const { host } = at;
    const first = await host.call('start', { app: wanted('switch', 'v1'), run: 'r1' });
    await host.until('switch', () => host.out('switch') === 'v1 up\n');
    const next = await host.call('reload', { app: wanted('switch', 'v2'), run: 'r2' });
    expect(next).toMatchObject({ phase: 'running', run: 'r2', digest: 'v2', threads: 1, restarts: 0, reason: null });
    expect(Date.parse(next.startedAt ?? '')).toBeGreaterThan(Date.parse(first.startedAt ?? ''));
    expect(host.out('switch')).toBe('v1 up\nv2 up\nv1 down\n');
    expect(await host.call('reload', { app: wanted('switch', 'v2'), run: 'r2' })).toMatchObject({
      startedAt: next.startedAt,
    });
    for (let i = 0; i < 5; i++)
      await host.call('reload', { app: wanted('switch', i % 2 === 0 ? 'v1' : 'v2'), run: `again-${i}` });
    expect(await host.call('undeploy', { key: 'switch@1', gracePeriod: 5 })).toMatchObject({ leak: null });
    expect(host.err('switch')).toBe('');
  });

  it.each([
    ['throws', 'it ended with code 1: java.lang.IllegalStateException: port in use'],
    ['exits', 'it ended with code 3'],
    ['missing', '/nowhere.jar is not there'],
  ])('leaves the old one where the new one %s', async (version, says) => {
    const { host } = at;
    const id = `old-${version}`;
    const first = await host.call('start', { app: wanted(id, 'v1'), run: 'r1' });
    await host.until(id, () => host.out(id) === 'v1 up\n');
    const error = await failure(host.call('reload', { app: wanted(id, version), run: 'r2' }));
    expect(error.code).toBe('start-failed');
    expect(error.message).toContain(says);
    expect(await host.state(id)).toMatchObject({
      phase: 'running',
      run: 'r1',
      digest: 'v1',
      startedAt: first.startedAt,
      threads: 1,
      lastExit: null,
    });
    expect((await host.call('recall', {})).find((one) => one.app.id === id)?.app.digest).toBe('v1');
    await host.call('stop', { key: `${id}@1`, gracePeriod: 5 });
    expect(host.out(id).endsWith('v1 down\n')).toBe(true);
    expect(await host.call('undeploy', { key: `${id}@1`, gracePeriod: 5 })).toMatchObject({ leak: null });
  });

  it('is refused where nothing runs', async () => {
    const { host } = at;
    expect((await failure(host.call('reload', { app: wanted('none', 'v1'), run: 'r' }))).code).toBe('not-deployed');
    await host.call('deploy', { app: wanted('none', 'v1') });
    expect((await failure(host.call('reload', { app: wanted('none', 'v2'), run: 'r' }))).code).toBe('bad-request');
  });
});
