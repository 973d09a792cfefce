import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { callHost, compile, hostsOf } from '../support/java-hosts.ts';
import type { Scratch } from '../support/pj.ts';

/**
 * Says in `order.log` that it has started, and in `doubled.log` when another one of its name runs: the lock that it holds is freed with its loader or its
 * JVM. Waits, or ends at once where a third argument says so.
 */
const SOURCE = `import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
public final class Kept {
    public static void main(String[] args) throws Exception {
        Path dir = Path.of(args[1]);
        say(dir, "order.log", args[0]);
        if (args.length > 2) return;
        Path lock = dir.resolve(args[0] + ".lock");
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = take(channel)) {
            if (held == null) say(dir, "doubled.log", args[0]);
            Thread.sleep(Long.MAX_VALUE);
        }
    }
    static FileLock take(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException another) {
            return null;
        }
    }
    static void say(Path dir, String file, String word) throws IOException {
        Files.writeString(dir.resolve(file), word + "\\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
}
`;

const VOLUMES = '[{ name: data, path: data }, { name: tmp, path: tmp, type: ephemeral }]';

/** A job, two applications in one JVM that restart together, one in another JVM, one in its own, and a process that depends on that. The variables change what is changed live, by a restart of an application, and of a host. */
export const project = (name: string, dir: string) => ({
  'pj.yaml': `name: ${name}
variables:
  cpu: { type: number, default: 0.2 }
  size: { type: string, default: small }
  heap: { type: string, default: 32MiB }
`,
  'all.yaml': `applicationId: jvm.default
jvm: {}
restart: { policy: always, delay: 100ms, maxDelay: 200ms, maxAttempts: 0 }
---
applicationId: job
java: { type: job, mainClass: Kept, classpath: [classes], args: [job, ${dir}, once] }
---
applicationId: base
dependencies: [{ id: job, condition: completed }]
java: { mainClass: Kept, classpath: [classes], args: [base, ${dir}] }
resources: { cpu: "\${var.cpu}", maxThreads: 20 }
volumes: ${VOLUMES}
restart: { policy: always, delay: 100ms }
---
applicationId: app
dependencies: [{ id: base, restart: true }]
java: { mainClass: Kept, classpath: [classes], args: [app, ${dir}] }
properties: { size: "\${var.size}" }
restart: { policy: always, delay: 100ms }
---
applicationId: second
jvm: { heap: "\${var.heap}", args: ["-XX:+UseSerialGC"] }
restart: { policy: always, delay: 100ms, maxDelay: 200ms, maxAttempts: 0 }
---
applicationId: other
dependencies: [app]
java: { jvm: second, mainClass: Kept, classpath: [classes], args: [other, ${dir}] }
restart: { policy: always, delay: 100ms }
---
applicationId: own
dependencies: [app]
java: { jvm: own, jvmArgs: ["-XX:+UseSerialGC"], mainClass: Kept, classpath: [classes], args: [own, ${dir}] }
volumes: ${VOLUMES}
restart: { policy: always, delay: 100ms }
---
applicationId: last
dependencies: [own, other]
native: { command: /bin/sleep, args: ["100000"] }
stop: { signal: SIGKILL }
`,
});

export const APPLY = ['apply', '--auto-approve', '--lock-timeout=20s'];
export const DESTROY = ['destroy', '--auto-approve', '--lock-timeout=20s'];
export const DESTROY_ALL = [...DESTROY, '--destroy-volumes', '--allow-data-loss'];
/** The environment of an update. */
export const LARGER = { PJ_VAR_cpu: '0.4', PJ_VAR_size: 'large', PJ_VAR_heap: '48MiB' };

/** Lays out what the project takes as given. */
export async function furnish(scratch: Scratch, home: string): Promise<void> {
  await compile(home, join(scratch.dir, 'classes'), { 'Kept.java': SOURCE });
  rmSync(join(scratch.dir, 'classes.src'), { recursive: true });
}

/** Every application that any host has, whatever it does there, as `HOST ID PHASE`. */
export async function appsOf(scratch: Scratch): Promise<string[]> {
  const lists = await Promise.all(
    hostsOf(scratch).map(async ({ id, socket }) =>
      (await callHost(socket, 'list', {})).apps.map((app) => `${id} ${app.id} ${app.phase}`),
    ),
  );
  return lists.flat().sort();
}

const RUNNING = ['jvm.default app running', 'jvm.default base running', 'second other running'];

/** Throws unless all runs, each once. */
export async function isWhole(scratch: Scratch, context: string): Promise<void> {
  const apps = (await appsOf(scratch)).filter((line) => !line.includes(' job '));
  expect([context, apps]).toEqual([context, RUNNING]);
  const ids = scratch.processes().map(({ id }) => id);
  expect([context, ids.sort()]).toEqual([context, ['jvm.default', 'last', 'own', 'second']]);
  expect([context, existsSync(join(scratch.dir, 'doubled.log'))]).toEqual([context, false]);
}

/** The ids of its applications in the order in which they were started. */
export const startsOf = ({ dir }: Scratch): string[] =>
  existsSync(join(dir, 'order.log')) ? readFileSync(join(dir, 'order.log'), 'utf8').trim().split('\n') : [];

/** Throws unless the next apply converges, and there is just what there should be: nothing lost, orphaned or doubled. */
export async function converges(scratch: Scratch, context: string, env = {}): Promise<void> {
  const applied = await scratch.pj(APPLY, env);
  if (applied.code !== 0)
    throw new Error(`${context}: the next apply exited ${applied.code}\n${applied.stdout}\n${applied.stderr}`);
  const plan = await scratch.pj(['plan', '--detailed-exitcode'], env);
  if (plan.code !== 0 || plan.stdout.includes('Orphans'))
    throw new Error(`${context}: the plan after that exited ${plan.code}\n${plan.stdout}\n${plan.stderr}`);
  await isWhole(scratch, context);
}

/** Throws unless the next destroy leaves nothing, but volumes that are to stay. */
export async function leavesNothing(scratch: Scratch, context: string, args = DESTROY): Promise<void> {
  const gone = await scratch.pj(args);
  if (gone.code !== 0)
    throw new Error(`${context}: the next destroy exited ${gone.code}\n${gone.stdout}\n${gone.stderr}`);
  // Killed before there was a state.
  if (existsSync(join(scratch.dir, '.pj/state.json'))) {
    const state = JSON.parse(scratch.read('.pj/state.json')) as { workloads?: object };
    expect([context, Object.keys(state.workloads ?? {})]).toEqual([context, []]);
  }
  const sockets = readdirSync(scratch.runtime, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /jvm-/.test(name),
  );
  const volumes = join(scratch.dir, '.pj/volumes');
  const left = (existsSync(volumes) ? readdirSync(volumes) : []).filter(
    (name) => args === DESTROY_ALL || name.includes('@'),
  );
  expect([context, scratch.processes(), scratch.cgroups(), sockets, left]).toEqual([context, [], [], [], []]);
}
