import type { JvmSpec } from '../../src/model/java-spec.ts';
import { type Given, workload } from './scene.ts';

/** A host JVM. */
export const jvm = (id: string, spec: JvmSpec = {}, more: object = {}) =>
  workload(id, { kind: 'jvm', provider: 'jvm', spec: { jvm: spec }, ...more });
/** An application in one. */
export const app = (id: string, host: string, more: Parameters<typeof workload>[1] = {}) =>
  workload(id, {
    kind: 'java',
    provider: 'java',
    ...more,
    spec: { java: { mainClass: 'demo.Main', host } },
    dependencies: [{ id: host, restart: true, source: 'reference' as const }, ...(more.dependencies ?? [])],
  });
/** A changed heap restarts a host; an application of another host is another one. */
export const hostRules: NonNullable<Given['rules']> = {
  classify: (path) => {
    if (path.startsWith('/java/host') || path.startsWith('/java/jvm'))
      return { updateClass: 'replace', reason: 'it runs in another JVM' };
    return path.startsWith('/jvm')
      ? { updateClass: 'restart', reason: 'a JVM takes its heap when it starts' }
      : { updateClass: 'live', reason: 'it can be changed while it runs' };
  },
};
