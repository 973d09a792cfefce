import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Spec } from '../../../src/model/spec.ts';
import type { Jdk } from '../../../src/os/jdk.ts';
import type { Provider } from '../../../src/providers/contract.ts';
import { ownRuntime } from '../../../src/providers/java/own/index.ts';
import { javaProviderOver } from '../../../src/providers/java/provider.ts';
import type { JavaRuntime } from '../../../src/providers/java/runtime.ts';
import { type Ground, ground } from '../../agent/ground.ts';
import { APP } from './app.ts';
import { compile, pack } from './fixtures.ts';

/** The program of app.ts, compiled once for all tests of a file. */
export interface Program {
  /** Folder of classes. */
  classes: string;
  jar: string;
  clear(): void;
}

export function program(jdk: Jdk): Program {
  const root = mkdtempSync(join(tmpdir(), 'pj-own-java-'));
  const classes = join(root, 'classes');
  const jar = join(root, 'app.jar');
  compile(jdk, { 'app/Main.java': APP }, classes);
  pack(jdk, classes, jar, { 'Main-Class': 'app.Main' });
  return { classes, jar, clear: () => rmSync(root, { recursive: true, force: true }) };
}

/** A project with a provider of Java applications that has own JVMs alone. */
export interface JavaGround extends Ground {
  java(more?: { env?: Record<string, string> }): Provider;
}

export function javaGround(agentEntry: string, lineage?: string): JavaGround {
  const here = ground(agentEntry, lineage);
  const opened: Provider[] = [];
  return {
    ...here,
    java(more = {}) {
      const env = { ...here.env, ...more.env };
      const own = ownRuntime({ dir: here.dir, project: 'test', env, pjVersion: '0.0.0-test', agentEntry });
      const made = javaProviderOver({ get: async (name) => (name === 'own' ? own : none), close: own.close }, here.dir);
      opened.push(made);
      return made;
    },
    record: (id, spec, made) => ({ ...here.record(id, spec, made), kind: 'java', provider: 'java' }),
    async clear() {
      for (const one of opened) await one.close?.().catch(() => undefined);
      await here.clear();
    },
  };
}

/** A runtime with nothing in it. */
const none = {
  name: 'shared',
  applications: { list: async () => [], find: async () => undefined },
} as unknown as JavaRuntime;

/** A spec that does what `args` say, by the JDK. */
export function app(jdk: Jdk, made: Program, args: string[], more: Spec = {}): Spec {
  return {
    restart: { policy: 'no' },
    stop: { gracePeriod: 10 },
    ...more,
    java: { jvm: 'own', home: jdk.home, mainClass: 'app.Main', classpath: [made.classes], args, ...more.java },
  };
}

/** Whether the build has left pj's jars. */
export const jarsBuilt = existsSync(join(import.meta.dirname, '../../../dist/java/own-jvm.jar'));
