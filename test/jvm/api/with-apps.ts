import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { AppCall, AppState, HostCalls } from '../../../src/jvm/protocol.ts';
import { compileJava, type Jdk, startHost, type TestHost } from '../../support/java-host.ts';
import { programs } from './programs.ts';

export type Apps = {
  host: TestHost;
  /** For files of a test. */
  dir: string;
  call: (id: string, mainClass: string, args: string[], over?: Partial<AppCall>) => AppCall;
  /** Deploys and starts; messages are enabled. */
  start: (id: string, mainClass: string, args: string[], over?: Partial<AppCall>) => Promise<AppState>;
  /** Runs a program to its end; what it has printed. */
  job: (id: string, mainClass: string, args: string[], over?: Partial<AppCall>) => Promise<string>;
  /** Waits until its output has `text`. */
  printed: (id: string, text: string) => Promise<void>;
  gone: (id: string) => Promise<HostCalls['undeploy']['result']>;
};

/** A host JVM with the programs of java/, those of java/shared on its own class path; filled in before the first test of a block. */
export function withApps(jdk: Jdk, options: { jvmArgs?: string[] } = {}): Apps {
  const at = {} as Apps;
  beforeAll(async () => {
    at.dir = mkdtempSync(join(tmpdir(), 'pj-java-'));
    const shared = await compileJava(join(at.dir, 'shared'), programs('shared'));
    const classes = await compileJava(at.dir, programs('app'), { classpath: [shared] });
    at.host = await startHost({ jdk, sharedClasspath: [shared], ...options });
    at.call = (id, mainClass, args, over = {}) =>
      at.host.app({ id, mainClass, args, classpath: [classes], messaging: true, ...over });
  });
  afterAll(async () => {
    await at.host?.end();
    rmSync(at.dir, { recursive: true, force: true });
  });
  at.start = async (id, mainClass, args, over) => {
    const app = at.call(id, mainClass, args, over);
    await at.host.call('deploy', { app });
    const state = await at.host.call('start', { app, run: `r-${id}` });
    await at.printed(id, '\n');
    return state;
  };
  at.job = async (id, mainClass, args, over) => {
    const app = at.call(id, mainClass, args, { type: 'job', ...over });
    await at.host.call('deploy', { app });
    await at.host.call('start', { app, run: `r-${id}` });
    await at.host.until(id, (state) => state.phase === 'completed');
    return at.host.out(id);
  };
  at.printed = async (id, text) => {
    for (const end = Date.now() + 30_000; !at.host.out(id).includes(text); ) {
      if (Date.now() > end) throw new Error(`${id} did not print ${text}: ${at.host.out(id)}\n${at.host.err(id)}`);
      await new Promise((done) => setTimeout(done, 10));
    }
  };
  at.gone = (id) => at.host.call('undeploy', { key: `${id}@1`, gracePeriod: 5 });
  return at;
}
