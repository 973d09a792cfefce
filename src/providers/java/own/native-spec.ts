import type { JsonObject } from '../../../model/json.ts';
import { isJob, type Spec } from '../../../model/spec.ts';
import { isInTmp, securityOf } from '../../../os/sandbox.ts';
import { argumentsOf, type Build, heapFor, variableOf } from './command-line.ts';

/** Kept in the environment of the agent's entry: what its class path was when it was started. */
export const STAMP_VARIABLE = 'PJ_JAVA_STAMP';

/** What holds as long as a JVM runs, whatever has come of the files that it was started from. */
export interface Running {
  version: string;
  home: string;
  stamp: string;
  heap: number | undefined;
}

/**
 * The process that an application is, for the agent: with `java` beside it, by which it is told from other processes, and which tells what it was
 * started with. `form` as for argumentsOf.
 */
export function nativeSpecOf(build: Build, form: Spec, running: Running): Spec {
  const { java = {}, properties = {} } = form;
  const { user, group } = (form.security ?? {}) as { user?: string; group?: string };
  const security = sandboxOf(build, form.security);
  const handed = build.hidden.flatMap((name) => {
    const value = properties[name];
    return value === undefined ? [] : [[variableOf(name), value]];
  });
  return {
    env: { ...form.env, [STAMP_VARIABLE]: running.stamp, ...Object.fromEntries(handed) },
    ...(form.resources === undefined ? {} : { resources: form.resources }),
    ...(form.restart === undefined ? {} : { restart: form.restart }),
    ...(form.stop === undefined ? {} : { stop: form.stop }),
    ...(form.volumes === undefined ? {} : { volumes: form.volumes }),
    ...(security === undefined ? {} : { security }),
    native: {
      command: build.jdk.command,
      args: argumentsOf(build, form),
      type: isJob(form) ? 'job' : 'service',
      ...(user === undefined ? {} : { user }),
      ...(group === undefined ? {} : { group }),
      ...(java.ports === undefined ? {} : { ports: java.ports }),
    },
    java: {
      jvm: 'own',
      version: running.version,
      home: running.home,
      ...(running.heap === undefined ? {} : { heap: running.heap }),
      ...(java.ports === undefined ? {} : { ports: java.ports }),
    },
  };
}

/** What is new with each start. */
export function runningOf({ jdk }: Build, spec: Spec, stamp: string): Running {
  return { version: jdk.version, home: jdk.home, stamp, heap: heapFor(spec) };
}

/** The keys that a native process has too. What pj itself brings stays to be seen where /tmp is hidden. */
export function sandboxOf(
  { api, handOver }: Pick<Build, 'api' | 'handOver'>,
  security: JsonObject | undefined,
): JsonObject | undefined {
  if (security === undefined) return undefined;
  const settings = securityOf(security);
  const brought = [api, handOver].filter((jar) => jar !== undefined && isInTmp(jar)) as string[];
  const writablePaths = [...(settings.writablePaths ?? []), ...(settings.privateTmp === true ? brought : [])];
  const sandbox = { ...settings, ...(writablePaths.length === 0 ? {} : { writablePaths }) };
  return Object.keys(sandbox).length === 0 ? undefined : sandbox;
}
