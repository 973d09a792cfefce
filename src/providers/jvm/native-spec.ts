import { SOCKET_VARIABLE } from '../../jvm/place.ts';
import { heapOf } from '../../model/java-spec.ts';
import type { Spec } from '../../model/spec.ts';
import { MOST_WITH_POLICIES } from './rules.ts';

/** What a host JVM is started with, beside what its spec says. */
export interface Build {
  /** Absolute path of `java`. */
  command: string;
  /** Of that Java: 17, 25. */
  feature: number;
  /** Absolute paths of pj's jars. */
  program: { host: string; api: string };
  socket: string;
  lineage: string;
  pjVersion: string;
  /** Absolute paths of the libraries that all its applications see. */
  libraries: readonly string[];
}

/** Flags that decide on the size of the heap. */
const OWN_HEAP = /^(-Xmx|-XX:MaxHeapSize=|-XX:MaxRAM)/;

/** Bytes that its heap may have at most; undefined where the JVM decides, or its own flags do. */
export function hostHeap({ jvm, resources }: Spec): number | undefined {
  if ((jvm?.args ?? []).some((arg) => OWN_HEAP.test(String(arg)))) return undefined;
  if (typeof jvm?.heap === 'number') return jvm.heap;
  return typeof resources?.memory === 'number' ? heapOf(resources.memory) : undefined;
}

/** The process that a host JVM is, for the agent: with its own spec beside it, by which it is told from other processes. */
export function nativeSpecOf(build: Build, spec: Spec): Spec {
  const { jvm = {}, env, resources, restart, stop, volumes, security } = spec;
  return {
    env: { ...env, [SOCKET_VARIABLE]: build.socket },
    ...(resources === undefined ? {} : { resources }),
    ...(restart === undefined ? {} : { restart }),
    ...(stop === undefined ? {} : { stop }),
    ...(volumes === undefined ? {} : { volumes }),
    ...(security === undefined ? {} : { security }),
    native: { command: build.command, args: argumentsOf(build, spec), type: 'service' },
    jvm,
  };
}

/** Packages of Java's own that the host looks into, to tell its applications apart and to find what a leaked one is held by. */
const OPENS = ['java.lang', 'java.util', 'java.util.concurrent', 'java.io'].map(
  (name) => `--add-opens=java.base/${name}=ALL-UNNAMED`,
);

/** What its user says comes last of the flags, so that it holds. */
function argumentsOf({ feature, program, socket, lineage, pjVersion, libraries }: Build, spec: Spec): string[] {
  const heap = hostHeap(spec);
  return [
    ...(heap === undefined ? [] : [`-Xmx${heap}`]),
    // One that limps on without heap would never be started anew.
    '-XX:+ExitOnOutOfMemoryError',
    ...OPENS,
    ...(feature > MOST_WITH_POLICIES ? [] : ['-Djava.security.manager=allow']),
    ...Object.entries(spec.properties ?? {}).map(([name, value]) => `-D${name}=${value}`),
    ...(spec.jvm?.args ?? []),
    ...['-cp', `${program.host}:${program.api}`, 'io.pj.host.Main'],
    ...['--socket', socket, '--lineage', lineage, '--version', pjVersion],
    ...(libraries.length === 0 ? [] : ['--shared-classpath', libraries.join(':')]),
  ];
}
