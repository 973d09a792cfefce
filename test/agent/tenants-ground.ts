import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reviveAgent } from '../../src/agent/control.ts';
import { openRegistry } from '../../src/agent/registry.ts';
import { connectHost } from '../../src/jvm/client.ts';
import { SOCKET_VARIABLE } from '../../src/jvm/place.ts';
import type { AppState, HostCalls, HostMethod } from '../../src/jvm/protocol.ts';
import type { JavaSpec } from '../../src/model/java-spec.ts';
import type { Observed } from '../../src/model/observed.ts';
import type { WorkloadRecord } from '../../src/model/record.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { Jdk } from '../../src/os/jdk.ts';
import type { Target } from '../../src/providers/contract.ts';
import { compile } from '../providers/java/fixtures.ts';
import { HOST, type HostGround, hostGround, hostSpec } from '../providers/jvm/ground.ts';
import { eventually, killNow, logOf } from './ground.ts';

/** Notes its name in `order.log`, then does what is asked. */
const KEPT = `package kept;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

public final class Main {
    public static void main(String[] args) throws Exception {
        Path order = Path.of(args[1], "order.log");
        Files.writeString(order, args[0] + "\\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        System.out.println("secret=" + System.getProperty("secret"));
        for (int i = 2; i < args.length; i++) System.out.println("arg=" + args[i]);
        if (args.length > 2 && args[2].equals("once")) return;
        if (args.length > 2 && args[2].equals("for")) {
            Thread.sleep(Long.parseLong(args[3]));
            return;
        }
        if (args.length > 2 && args[2].equals("unless-marked") && Files.exists(Path.of(args[1], "mark"))) throw new IllegalStateException("marked");
        Thread.sleep(Long.MAX_VALUE);
    }
}
`;

/** Classes of that program, compiled once for all tests of a file. */
export function keptProgram(jdk: Jdk): { classes: string; clear(): void } {
  const root = mkdtempSync(join(tmpdir(), 'pj-kept-'));
  const classes = join(root, 'classes');
  compile(jdk, { 'kept/Main.java': KEPT }, classes);
  return { classes, clear: () => rmSync(root, { recursive: true, force: true }) };
}

/** A host that comes back quickly. */
export const lively = (jdk: Jdk): Spec =>
  hostSpec(jdk, { restart: { policy: 'always', delay: 0.05, maxDelay: 0.2, maxAttempts: 0 } });

/** A project with applications in hosts, and what befalls them. */
export interface TenantGround extends HostGround {
  /** Runs the program under that id. */
  spec(id: string, args?: string[], more?: Omit<Spec, 'java'> & { java?: JavaSpec }): Spec;
  /** Creates and starts it. */
  run(target: Target): Promise<WorkloadRecord>;
  read(record: WorkloadRecord): Promise<Observed>;
  hostPid(id?: string): number | undefined;
  call<M extends HostMethod>(method: M, params: HostCalls[M]['params'], id?: string): Promise<HostCalls[M]['result']>;
  /** What a host has; empty where it does not answer. */
  appsIn(id?: string): Promise<AppState[]>;
  /** Names in the order in which they were started since the last call, once there are so many; what comes a moment later too. */
  started(count: number): Promise<string[]>;
  killHost(id?: string): Promise<void>;
  killAgent(): Promise<void>;
  revive(): Promise<string[]>;
  log(): string;
  /** Files of `.pj/agent` that are of tenants. */
  entries(): string[];
  /** Everything below the project that holds the text, the sources of secrets aside. */
  holding(text: string): string[];
}

export function tenantGround(agentEntry: string, jdk: Jdk, classes: string): TenantGround {
  const here = hostGround(agentEntry, jdk);
  const { dir } = here;
  const entryOf = (id: string) =>
    openRegistry(dir)
      .load()
      .entries.find(({ identity }) => identity.id === id);
  const call: TenantGround['call'] = async (method, params, id = HOST) => {
    const client = await connectHost(String(entryOf(id)?.spec.env?.[SOCKET_VARIABLE]), id);
    try {
      return await client.call(method, params);
    } finally {
      client.close();
    }
  };
  const hostPid = (id = HOST) => entryOf(id)?.process?.pid;
  let told = 0;
  return {
    ...here,
    call,
    hostPid,
    spec: (id, args = [], more = {}) => ({
      restart: { policy: 'on-failure', delay: 0.1, maxDelay: 0.3, maxAttempts: 20 },
      stop: { gracePeriod: 3 },
      ...more,
      java: { host: HOST, mainClass: 'kept.Main', classpath: [classes], args: [id, dir, ...args], ...more.java },
    }),
    async run(target) {
      const apps = here.apps();
      const created = await apps.create(target, here.context);
      const made = await apps.start({ ...target, handle: created.handle }, here.context);
      return { ...here.record(target.identity.id, target.spec, made), kind: 'java', provider: 'java' };
    },
    async read(record) {
      const [seen] = await here.apps().read([record], here.context);
      if (seen === undefined) throw new Error('nothing was read');
      return seen;
    },
    appsIn: (id) =>
      call('list', {}, id).then(
        ({ apps }) => apps,
        () => [],
      ),
    async started(count) {
      const names = () => {
        try {
          return readFileSync(join(dir, 'order.log'), 'utf8').trim().split('\n').slice(told);
        } catch {
          return []; // Nothing has been started.
        }
      };
      await eventually(`${count} are started`, () => names().length >= count, 60_000);
      await sleep(100);
      const fresh = names();
      told += fresh.length;
      return fresh;
    },
    async killHost(id = HOST) {
      const pid = await eventually('a host', () => hostPid(id));
      killNow(pid);
    },
    async killAgent() {
      killNow(await eventually('an agent', () => here.agentPid()));
      await eventually('it is dead', () => here.agentPid() === undefined);
    },
    revive: () => reviveAgent({ project: dir, env: here.env, version: '0.0.0-test', agentEntry }),
    log() {
      try {
        return readFileSync(join(dir, '.pj/logs/agent.log'), 'utf8');
      } catch {
        return '';
      }
    },
    entries: () => readdirSync(join(dir, '.pj/agent')).filter((name) => name.includes('.tenant')),
    holding: (text) =>
      readdirSync(dir, { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile() && !file.name.startsWith('source-'))
        .map((file) => join(file.parentPath, file.name))
        .filter((file) => readFileSync(file, 'utf8').includes(text)),
  };
}

/** The log of an application. */
export const outputOf = (here: Pick<TenantGround, 'dir'>, id: string): string => logOf(here.dir, id);
