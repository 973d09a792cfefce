import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { AppCall } from '../../../src/jvm/protocol.ts';
import { compileJava, type HostCallError, type Jdk, startHost, type TestHost } from '../../support/java-host.ts';

export type Fixture = {
  host: TestHost;
  dir: string;
  classes: string;
  app: (id: string, mainClass: string, over?: Partial<AppCall>) => AppCall;
};

/** A host JVM and compiled sources for the tests of a block; filled in before the first of them. */
export function withHost(jdk: Jdk, sources: Record<string, string>, options: { jvmArgs?: string[] } = {}): Fixture {
  const fixture = {} as Fixture;
  beforeAll(async () => {
    fixture.dir = mkdtempSync(join(tmpdir(), 'pj-java-'));
    fixture.classes = await compileJava(fixture.dir, sources);
    fixture.host = await startHost({ jdk, ...options });
    fixture.app = (id, mainClass, over = {}) =>
      fixture.host.app({ id, mainClass, classpath: [fixture.classes], ...over });
  });
  afterAll(async () => {
    await fixture.host?.end();
    rmSync(fixture.dir, { recursive: true, force: true });
  });
  return fixture;
}

/** The error of a call; throws when there is none. */
export async function failure(call: Promise<unknown>): Promise<HostCallError> {
  return call.then(
    (result) => {
      throw new Error(`it did not fail: ${JSON.stringify(result)}`);
    },
    (error: HostCallError) => error,
  );
}
