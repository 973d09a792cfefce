import { logFiles } from '../../agent/log-files.ts';
import { hostName } from '../../model/java-spec.ts';
import type { JsonObject } from '../../model/json.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import type { Workload } from '../../model/workload.ts';
import type { CallContext, Finding, KernelPlaces, Provider, Target, Usage } from '../contract.ts';
import { linesOfFiles } from '../log-lines.ts';
import { classifyJava, keepsJava } from './classify.ts';
import { type Applications, JAVA_RUNTIMES, type JavaRuntime, type JavaRuntimeName } from './runtime.ts';
import { unthrottledJava } from './unthrottled.ts';

/** Both runtimes, each made when it is first asked for. */
export interface JavaRuntimes {
  get(name: JavaRuntimeName): Promise<JavaRuntime>;
  close(): Promise<void>;
}

/** The provider over both runtimes: each call goes to the one that the handle names, else the spec. */
export function javaProviderOver(runtimes: JavaRuntimes, dir: string): Provider {
  const at = async (name: JavaRuntimeName): Promise<Applications> => (await runtimes.get(name)).applications;
  const forTarget = ({ handle, spec }: Pick<Target, 'handle' | 'spec'>) => at(runtimeIn(handle) ?? runtimeOf(spec));
  /** Where neither handle nor spec tells which runtime has it, both are asked. */
  const whoHas = async (target: Target, context: CallContext): Promise<Applications | undefined> => {
    if (runtimeIn(target.handle) !== undefined || target.spec.java !== undefined) return forTarget(target);
    for (const name of JAVA_RUNTIMES) {
      const applications = await at(name);
      if ((await applications.find(target.identity, context)) !== undefined) return applications;
    }
    return undefined;
  };
  /** Calls each runtime once with those that are its own. */
  const shared = async <T extends { id: string }, R>(
    items: readonly T[],
    nameOf: (item: T) => JavaRuntimeName,
    call: (applications: Applications, some: T[]) => Promise<R> | undefined,
  ): Promise<R[]> => {
    const groups = JAVA_RUNTIMES.map((name) => ({ name, some: items.filter((item) => nameOf(item) === name) }));
    const answers = await Promise.all(
      groups.flatMap(({ name, some }) => (some.length === 0 ? [] : [at(name).then((one) => call(one, some))])),
    );
    return answers.filter((answer) => answer !== undefined);
  };
  const ofRecord = ({ handle, spec }: WorkloadRecord): JavaRuntimeName => runtimeIn(handle) ?? runtimeOf(spec);

  return {
    name: 'java',
    kind: 'java',
    capabilities: { pause: false, logs: true, exec: false, import: false, sideBySide: true, orphans: true },
    // A Java is all that either needs.
    probe: async (context) => (await runtimes.get('own')).probe(context),
    async check(workloads, context, state, project) {
      const nameOf = ({ spec }: Workload) => runtimeOf(spec);
      const maps = await shared(workloads, nameOf, (one, some) => one.check(some, context, state, project));
      return new Map<string, Finding[]>(maps.flatMap((map) => [...map]));
    },
    classify: classifyJava,
    keeps: (attribute, _through, paths) => keepsJava(attribute, paths),
    async find(identity, context, handle) {
      const known = runtimeIn(handle ?? null);
      for (const name of known === undefined ? JAVA_RUNTIMES : [known]) {
        const found = await (await at(name)).find(identity, context, handle);
        if (found !== undefined) return found;
      }
      return undefined;
    },
    async list(project, context) {
      const lists = JAVA_RUNTIMES.map(async (name) => (await at(name)).list(project, context));
      return (await Promise.all(lists)).flat();
    },
    async read(records, context) {
      const read = await shared(records, ofRecord, (one, some) => one.read(some, context));
      const seen = new Map(read.flat().map((one) => [one.id, one]));
      return records.map(
        ({ id }) => seen.get(id) ?? { id, status: 'gone' as const, fields: {}, attributes: {}, handle: null },
      );
    },
    create: async (target, context) => (await forTarget(target)).create(target, context),
    start: async (target, context) => (await forTarget(target)).start(target, context),
    update: async (target, paths, context) => (await forTarget(target)).update(target, paths, context),
    stop: async (target, context) => (await whoHas(target, context))?.stop(target, context),
    destroy: async (target, how, context) => (await whoHas(target, context))?.destroy(target, how, context),
    release: async (target, context) => (await whoHas(target, context))?.release?.(target, context),
    logFiles: (record) => Object.values(filesOf(record, dir)),
    logs(record, options, context) {
      const { out, err } = filesOf(record, dir);
      return linesOfFiles(record.id, { stdout: out, stderr: err }, options, context);
    },
    unthrottled: (resource, spec) => unthrottledJava(resource, spec),
    throttle: async (record, throttle, context) =>
      (await (await at(ofRecord(record))).throttle?.(record, throttle, context)) ?? {},
    async sample(records, context) {
      const usage = await shared<WorkloadRecord, Usage[]>(records, ofRecord, (one, some) =>
        one.sample?.(some, context),
      );
      return usage.flat();
    },
    async places(records, context) {
      const places = await shared<WorkloadRecord, KernelPlaces[]>(records, ofRecord, (one, some) =>
        one.places?.(some, context),
      );
      return places.flat();
    },
    async inside(running, context) {
      const own = running.filter(({ record }) => ofRecord(record) === 'own');
      return (await (await at('own')).inside?.(own, context)) ?? [];
    },
    engineOf: (record) => (ofRecord(record) === 'own' ? '' : `in ${hostName(record.spec.java?.jvm) ?? ''}`),
    // One agent is behind both.
    watch: async (context) => (await at('own')).watch?.(context),
    close: () => runtimes.close(),
  };
}

/** The runtime that a handle names. */
const runtimeIn = (handle: JsonObject | null): JavaRuntimeName | undefined =>
  JAVA_RUNTIMES.find((name) => name === handle?.['runtime']);

const runtimeOf = ({ java }: Spec): JavaRuntimeName => (hostName(java?.jvm) === undefined ? 'own' : 'shared');

/** The files that a record's output goes to: as it was told when it was started, else by its id. */
function filesOf(record: WorkloadRecord, dir: string): { out: string; err: string } {
  const told = record.attributes['logFiles'];
  const [out, err] = Array.isArray(told) ? told : [];
  return typeof out === 'string' && typeof err === 'string' ? { out, err } : logFiles(dir, record.id);
}
