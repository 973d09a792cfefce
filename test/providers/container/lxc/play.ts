import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { ContainerSpec } from '../../../../src/model/container-spec.ts';
import type { JsonObject } from '../../../../src/model/json.ts';
import type { Identity, WorkloadRecord } from '../../../../src/model/record.ts';
import type { Spec } from '../../../../src/model/spec.ts';
import { DEFAULT_LIFECYCLE, type Workload } from '../../../../src/model/workload.ts';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import type { ThingKind } from '../../../../src/providers/container/runtime.ts';
import type { CallContext, ExecStreams, Made, Provider, Target } from '../../../../src/providers/contract.ts';
import type { Engines } from '../../../engines/record.ts';
import { runningRecord } from '../../../support/records.ts';
import { lxcGround } from './ground.ts';

export const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };

/** Plays pj for the containers of one test file. */
export function lxcPlay(lxc: Engines['lxc'], dir = '/') {
  const ground = lxcGround(lxc);
  const project = `t${randomBytes(3).toString('hex')}`;
  const lineage = randomUUID();
  const provider = (kind: ThingKind = 'container'): Provider =>
    containerProvider(kind, { dir, project, env: ground.env });
  const identity = (id: string): Identity => ({ project, lineage, id, generation: 1 });
  const target = (id: string, spec: Spec, handle: JsonObject | null = null): Target => ({
    identity: identity(id),
    handle,
    spec,
    stored: spec,
    specDigest: createHash('sha256').update(JSON.stringify(spec)).digest('hex'),
  });
  const record = (id: string, spec: Spec, made: Made): WorkloadRecord =>
    runningRecord({ id, kind: 'container', spec, ...made });
  return {
    ground,
    project,
    identity,
    target,
    record,
    provider,
    /** A spec that runs a script of the shell. */
    shell: (script: string, more: Partial<ContainerSpec> = {}, rest: Spec = {}): Spec => ({
      restart: { policy: 'no' },
      stop: { gracePeriod: 3 },
      ...rest,
      container: { image: lxc.rootfs, runtime: 'lxc', command: ['/bin/sh', '-c', script], ...more },
    }),
    async running(id: string, spec: Spec): Promise<WorkloadRecord> {
      const created = await provider().create(target(id, spec), context);
      return record(id, spec, await provider().start(target(id, spec, created.handle), context));
    },
    async observed(one: WorkloadRecord) {
      const [seen] = await provider().read([one], context);
      if (seen === undefined) throw new Error('read gives one observation a record');
      return seen;
    },
    async output(one: WorkloadRecord): Promise<string[]> {
      const lines: string[] = [];
      for await (const { stream, text } of provider().logs?.(one, { follow: false }, context) ?? [])
        lines.push(`${stream}: ${text}`);
      return lines;
    },
    async exec(one: WorkloadRecord, argv: string[], input?: string) {
      const [stdout, stderr] = [new PassThrough(), new PassThrough()];
      const stdin = input === undefined ? undefined : new PassThrough();
      stdin?.end(input);
      const streams: ExecStreams = { stdin, stdout, stderr };
      const code = await provider().exec?.(one, argv, streams, context);
      return { code, stdout: String(stdout.read() ?? ''), stderr: String(stderr.read() ?? '') };
    },
    async findings(spec: Spec): Promise<string[]> {
      const workload: Workload = {
        id: 'checked',
        kind: 'container',
        provider: 'container',
        dependencies: [],
        desiredState: 'running',
        lifecycle: DEFAULT_LIFECYCLE,
        spec,
      };
      const found = (await provider().check([workload], context)).get('checked') ?? [];
      return found.map(({ severity, path, message }) => `${severity} ${path ?? ''}: ${message}`);
    },
  };
}
