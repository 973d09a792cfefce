import { DEFAULT_HOST, hostName, OWN_JVM, SHARED_JVM } from '../model/java-spec.ts';
import { isLeaf } from '../model/template.ts';
import { DEFAULT_LIFECYCLE } from '../model/workload.ts';
import type { Built } from './build.ts';
import { type Path, type Report, valueText } from './problem.ts';
import { leafText } from './validate.ts';

/** What an id begins with that pj gives to a host JVM which nobody describes. */
const PREFIX = 'jvm.';
const MAX_ID = 63;
const AT: Path = ['java', 'jvm'];

/**
 * Ties Java applications to the host JVMs that they run in. One that is described goes by its id, which is the name or `jvm.NAME`; one that is only
 * named is made up, called `jvm.NAME`. The application's `java.host` becomes that id, `java.jvm` goes, and it depends on it with `restart: true`.
 * Gives the hosts that were made up. Names that are not known yet, or belong to something else, are reported.
 */
export function linkHosts(all: readonly Built[], report: Report): Built[] {
  const byId = new Map(all.map((built) => [built.workload.id, built]));
  const replicated = new Map(all.flatMap((one) => (one.draft.replicas === undefined ? [] : [[one.draft.id, one]])));
  const implied = new Map<string, Built>();
  for (const built of all) if (built.workload.kind === 'jvm') refuseReserved(built, report);
  for (const app of all) {
    const { java } = app.workload.spec;
    const name = java === undefined ? undefined : nameOf(app, report);
    if (java === undefined || name === undefined) continue;
    const id = name.startsWith(PREFIX) ? name : PREFIX + name;
    const candidates = [name, id].map((one) => byId.get(one));
    let host = candidates.find((one) => one?.workload.kind === 'jvm') ?? implied.get(id);
    if (host === undefined) {
      const reason = whyNot(name, id, java.jvm, byId, replicated);
      if (reason !== undefined) {
        app.broken = true;
        report({ ...reason, spots: [app.spot(AT), ...(reason.spot === undefined ? [] : [reason.spot])] });
        continue;
      }
      host = impliedBy(app, id);
      implied.set(id, host);
    }
    const hostId = host.workload.id;
    // The id says it all: `shared`, `default` and nothing at all are the same.
    const { jvm: _, ...others } = java;
    app.workload.spec.java = { ...others, host: hostId };
    app.edges.push({
      id: hostId,
      condition: undefined,
      optional: false,
      restart: true,
      source: 'reference',
      path: AT,
    });
  }
  return [...implied.values()];
}

/** The name of its host JVM; undefined for a JVM of its own, and where it is not known yet, which is reported. */
function nameOf(app: Built, report: Report): string | undefined {
  const jvm: unknown = app.workload.spec.java?.jvm;
  if (!isLeaf(jvm)) return hostName(jvm as string | undefined);
  app.broken = true;
  report({ code: 'PJ1017', details: { key: 'java.jvm', template: leafText(jvm) }, spots: [app.spot(AT)] });
  return undefined;
}

type Refusal = Omit<Parameters<Report>[0], 'spots'> & { spot?: ReturnType<Built['spot']> };

/** Why no host of that name can be made up; undefined where one can. */
function whyNot(
  name: string,
  id: string,
  asked: string | undefined,
  byId: ReadonlyMap<string, Built>,
  replicated: ReadonlyMap<string, Built>,
): Refusal | undefined {
  const taken = byId.get(id);
  if (taken !== undefined) return { code: 'PJ1040', details: { id }, spot: taken.spot(['applicationId']) };
  // Who writes `shared` names nothing: a workload that happens to be called default is not what was meant.
  const named = asked === undefined || asked === SHARED_JVM ? undefined : (byId.get(name) ?? replicated.get(name));
  if (named !== undefined) {
    const { draft, workload } = named;
    const what =
      workload.kind !== 'jvm'
        ? `that is a workload of kind ${workload.kind}`
        : `that has replicas, which are called ${name}-0, ${name}-1, …`;
    return { code: 'PJ1052', details: { name, what }, spot: { document: draft.source, path: ['applicationId'] } };
  }
  if (id.length > MAX_ID) {
    const expected = `a name of ${MAX_ID - PREFIX.length} characters at most`;
    return { code: 'PJ1012', details: { key: 'java.jvm', expected, value: valueText(name) } };
  }
  return undefined;
}

/** `java.jvm: shared` and `own` mean something else than a workload of that id: nobody could name it. */
function refuseReserved({ workload, spot }: Built, report: Report): void {
  const { id } = workload;
  const name = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : id;
  if (name !== SHARED_JVM && name !== OWN_JVM) return;
  const means = name === SHARED_JVM ? `the JVM called ${DEFAULT_HOST}` : 'a JVM for one application alone';
  const expected = `another id (\`java.jvm: ${name}\` means ${means})`;
  report({
    code: 'PJ1012',
    details: { key: 'applicationId', expected, value: valueText(id) },
    spots: [spot(['applicationId'])],
  });
}

function impliedBy(app: Built, id: string): Built {
  const { place } = app.workload;
  return {
    workload: {
      id,
      kind: 'jvm',
      provider: 'jvm',
      dependencies: [],
      desiredState: 'running',
      lifecycle: DEFAULT_LIFECYCLE,
      spec: { jvm: {} },
      ...(place === undefined ? {} : { place }),
    },
    edges: [],
    draft: app.draft,
    broken: false,
    spot: () => app.spot(AT),
  };
}
