import { ATTACHABLE } from '../../../jvm/attach.ts';
import { heapOf } from '../../../model/java-spec.ts';
import type { Identity } from '../../../model/record.ts';
import type { Spec } from '../../../model/spec.ts';
import { isLeaf } from '../../../model/template.ts';
import type { Jdk } from '../../../os/jdk.ts';

/** What the JVM of an application is started with, beside what its spec says. */
export interface Build {
  identity: Identity;
  jdk: Jdk;
  /** Absolute paths. */
  classpath: readonly string[];
  mainClass: string;
  /** The jar is started as one (`java -jar`): its manifest may say more than its main class. */
  jar: string | undefined;
  volumes: readonly { name: string; path: string }[];
  /** Names of properties that nobody may see: handed over in the environment. */
  hidden: readonly string[];
  /** An argument is sensitive: the JVM keeps no file that would hold it. */
  keepsNoFile: boolean;
  /** pj's jars, where they are there. */
  api: string | undefined;
  handOver: string | undefined;
  /** Absolute path of its java.policy; undefined: no policy. */
  policyFile: string | undefined;
}

/** Flags that decide on the size of the heap. */
const OWN_HEAP = /^(-Xmx|-XX:MaxHeapSize=|-XX:MaxRAMPercentage=|-XX:MaxRAMFraction=|-XX:MaxRAM=)/;

/** Bytes that the heap may have at most; undefined where the JVM decides, or its own flags do. */
export function heapFor({ java, resources }: Spec): number | undefined {
  const own = (java?.jvmArgs ?? []).filter((arg) => typeof arg === 'string' && OWN_HEAP.test(arg)).at(-1);
  const told = own === undefined ? undefined : bytesOf(own);
  if (own !== undefined) return told;
  if (typeof java?.heap === 'number') return java.heap;
  return typeof resources?.memory === 'number' ? heapOf(resources.memory) : undefined;
}

const UNITS: Record<string, number> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

function bytesOf(flag: string): number | undefined {
  const match = /^(?:-Xmx|-XX:MaxHeapSize=)(\d+)([kmgt]?)$/i.exec(flag);
  return match === null ? undefined : Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1);
}

/**
 * The arguments of `java`. `form`: the resolved spec, or the same with leaves in place of sensitive values, which then stand in the result. What its user
 * says comes last, so that it holds.
 */
export function argumentsOf(build: Build, form: Spec): string[] {
  const { java = {}, properties = {} } = form;
  const { identity, jar, policyFile } = build;
  const heap = heapFor(form);
  const own = (java.jvmArgs ?? []).some((arg) => OWN_HEAP.test(String(arg)));
  const told = Object.entries(properties).filter(([name]) => !build.hidden.includes(name));
  const set = {
    'pj.id': identity.id,
    'pj.project': identity.project,
    ...Object.fromEntries(build.volumes.map(({ name, path }) => [`pj.volume.${name}`, path])),
    ...poolOf(form),
    ...Object.fromEntries(told),
  };
  return [
    ...(heap === undefined || own ? [] : [`-Xmx${heap}`]),
    // One that limps on without heap would never be started anew.
    '-XX:+ExitOnOutOfMemoryError',
    ATTACHABLE,
    ...(build.keepsNoFile ? ['-XX:+PerfDisableSharedMem'] : []),
    ...(build.handOver === undefined ? [] : [`-javaagent:${build.handOver}`]),
    ...(policyFile === undefined ? [] : ['-Djava.security.manager', `-Djava.security.policy==${policyFile}`]),
    ...Object.entries(set).map(([name, value]) => `-D${name}=${value}`),
    ...(jar !== undefined && build.api !== undefined ? [`-Xbootclasspath/a:${build.api}`] : []),
    ...(java.jvmArgs ?? []),
    ...(jar === undefined ? ['-cp', classPath(build), build.mainClass] : ['-jar', jar]),
    ...(java.args ?? []),
  ];
}

const classPath = ({ classpath, api }: Build): string => [...classpath, ...(api === undefined ? [] : [api])].join(':');

/** How io.pj.api makes its pool outside a host JVM. */
const poolOf = ({ java }: Spec): Record<string, string> =>
  Object.fromEntries(
    Object.entries(java?.threadPool ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [[`pj.threadPool.${key}`, String(value)]],
    ),
  );

const VARIABLE = 'PJ_PROPERTY_';

/** The name of the variable that hands a property over: letters, digits and `_`, as shells drop all others. */
export const variableOf = (property: string): string => VARIABLE + Buffer.from(property, 'utf8').toString('hex');

/** The properties that are to be seen by nobody: those that the state keeps as digests. Where it may keep none, all. */
export function hiddenProperties({ properties = {} }: Spec, stored: Spec | undefined): string[] {
  return Object.keys(properties).filter((name) => stored === undefined || isLeaf(stored.properties?.[name]));
}
