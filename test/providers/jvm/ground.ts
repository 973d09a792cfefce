import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Spec } from '../../../src/model/spec.ts';
import type { Workload } from '../../../src/model/workload.ts';
import { DEFAULT_LIFECYCLE } from '../../../src/model/workload.ts';
import type { Jdk } from '../../../src/os/jdk.ts';
import type { Provider, Target } from '../../../src/providers/contract.ts';
import { javaProvider } from '../../../src/providers/java/index.ts';
import { jvmProvider } from '../../../src/providers/jvm/index.ts';
import { type Ground, ground, pidOf } from '../../agent/ground.ts';

/** Whether the build has left the program of host JVMs. */
export const hostBuilt = existsSync(join(import.meta.dirname, '../../../dist/java/jvm-host.jar'));

export const MIB = 1024 * 1024;

/** A project with a host JVM and applications in it. */
export interface HostGround extends Ground {
  hosts(): Provider;
  apps(): Provider;
  /** Makes and starts the host; gives its pid and the record of it. */
  up(spec?: Spec, id?: string): Promise<{ pid: number; target: Target }>;
  /** Closes every provider, as the ends of their runs do. */
  disconnect(): Promise<void>;
}

export const HOST = 'jvm.default';

/** A small one. */
export const hostSpec = (jdk: Jdk, more: Spec = {}): Spec => ({
  restart: { policy: 'no' },
  stop: { gracePeriod: 15 },
  ...more,
  jvm: { home: jdk.home, heap: 64 * MIB, args: ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'], ...more.jvm },
});

export function hostGround(agentEntry: string, jdk: Jdk, lineage?: string): HostGround {
  const here = ground(agentEntry, lineage);
  const opened: Provider[] = [];
  const options = { dir: here.dir, project: 'test', env: here.env, pjVersion: '0.0.0-test', agentEntry };
  const keep = (provider: Provider): Provider => {
    opened.push(provider);
    return provider;
  };
  const hosts = () => keep(jvmProvider(options));
  const disconnect = async () => {
    for (const one of opened) await one.close?.().catch(() => undefined);
  };
  return {
    ...here,
    hosts,
    apps: () => keep(javaProvider(options)),
    async up(spec = hostSpec(jdk), id = HOST) {
      const provider = hosts();
      const target = here.target(id, spec);
      const created = await provider.create(target, here.context);
      const started = await provider.start({ ...target, handle: created.handle }, here.context);
      return { pid: pidOf(started.attributes), target: { ...target, handle: started.handle } };
    },
    disconnect,
    async clear() {
      await disconnect();
      await here.clear();
    },
  };
}

/** A workload of a kind, as checks are asked about it. */
export const workload = (id: string, kind: 'java' | 'jvm', spec: Spec): Workload => ({
  id,
  kind,
  provider: kind,
  dependencies: [],
  desiredState: 'running',
  lifecycle: DEFAULT_LIFECYCLE,
  spec,
});
