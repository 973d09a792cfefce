import { isObject, type JsonObject } from '../model/json.ts';
import {
  asIs,
  type Convert,
  convertKeys,
  toBytes,
  toCapability,
  toList,
  toMap,
  toPort,
  toSeconds,
  toText,
  toWords,
} from './convert.ts';
import type { ShapeReport } from './shape.ts';

/** A list of paths; one text is parted at colons, as Java's own -cp is, but not within a URL. */
const toClasspath: Convert = (value) =>
  typeof value === 'string' ? value.split(SEPARATOR).filter((path) => path !== '') : toList(asIs)(value);
const SEPARATOR = /(?<!(?:^|:)file):/;

const JAVA: Record<string, Convert> = {
  classpath: toClasspath,
  args: toWords,
  version: toText,
  jvmArgs: toWords,
  heap: toBytes,
  threadPool: toMap({ keepAlive: toSeconds }),
  ports: toList(toPort),
};
const JVM: Record<string, Convert> = { heap: toBytes, args: toWords, version: toText, classpath: toClasspath };
const SECURITY: Record<string, Convert> = { user: toText, group: toText, capabilities: toList(toCapability) };

/** Puts a java block into a spec. It needs a main class, or a jar that names one. */
export function normaliseJava(spec: JsonObject, block: JsonObject, fault: ShapeReport): void {
  const java = convertKeys(block, JAVA);
  if (java['mainClass'] === undefined && java['jar'] === undefined)
    fault({ code: 'PJ1016', details: {}, path: ['java'] });
  const pool = java['threadPool'];
  if (isObject(pool)) {
    const { corePoolSize: core, maxPoolSize: max } = pool;
    if (typeof core === 'number' && typeof max === 'number' && core > max) {
      const details = { key: 'threadPool.corePoolSize', expected: `at most maxPoolSize (${max})`, value: core };
      fault({ code: 'PJ1012', details, path: ['java', 'threadPool', 'corePoolSize'] });
    }
  }
  if (isObject(spec['security'])) {
    spec['security'] = convertKeys(spec['security'], SECURITY);
  }
  spec['java'] = java;
}

/** Puts a jvm block into a spec. */
export function normaliseJvm(spec: JsonObject, block: JsonObject): void {
  if (isObject(spec['security'])) spec['security'] = convertKeys(spec['security'], SECURITY);
  spec['jvm'] = convertKeys(block, JVM);
}
