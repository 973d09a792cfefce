import type { NetworkSpec, NetworkUse, RuntimeName, VolumeSpec } from '../model/container-spec.ts';
import { engineName } from '../model/container-spec.ts';
import type { Json } from '../model/json.ts';
import type { Spec, Volume } from '../model/spec.ts';
import { isLeaf, type TemplateLeaf } from '../model/template.ts';
import { DEFAULT_LIFECYCLE } from '../model/workload.ts';
import type { Built } from './build.ts';
import type { Path, Report } from './problem.ts';
import { leafText } from './validate.ts';

type Thing = 'network' | 'volume';

/** One network or volume that a container uses. */
interface Use {
  thing: Thing;
  name: string;
  user: Built;
  path: Path;
  /** Of volumes. */
  type?: 'persistent' | 'ephemeral';
}

/**
 * Ties containers to the networks and volumes that they use. One that is described goes by its id; one that is only named is made up, called
 * `network.NAME` or `volume.NAME`. Each gets the engine's own name, and who uses it refers to that name, which makes the dependency.
 * Gives the workloads that were made up. Names that are not known yet, and users on different runtimes, are reported.
 */
export function linkUses(all: readonly Built[], project: string, report: Report): Built[] {
  const byId = new Map(all.map((built) => [built.workload.id, built]));
  const implied = new Map<string, Built>();
  const users = new Map<Built, Use[]>();
  for (const { workload } of all) nameThing(workload.id, workload.spec, project);
  for (const user of all) {
    if (user.workload.spec.container === undefined) continue;
    link(user, report, (use) => {
      const described = [use.name, `${use.thing}.${use.name}`].map((id) => byId.get(id));
      const there = described.find((one) => one?.workload.kind === use.thing);
      const id = there?.workload.id ?? `${use.thing}.${use.name}`;
      if (there === undefined && byId.has(id)) {
        report({
          code: 'PJ1040',
          details: { id },
          spots: [user.spot(use.path), (byId.get(id) as Built).spot(['applicationId'])],
        });
        return undefined;
      }
      const thing = there ?? implied.get(id) ?? impliedBy(use, id, project);
      if (there === undefined) implied.set(id, thing);
      users.set(thing, [...(users.get(thing) ?? []), use]);
      return thing;
    });
  }
  for (const [thing, uses] of users) settleRuntime(thing, uses, report);
  return [...implied.values()];
}

/** Fills the engine's name in where the descriptor gives none. */
function nameThing(id: string, spec: Spec, project: string): void {
  for (const thing of ['network', 'volume'] as const) {
    const block = spec[thing];
    if (block === undefined || block.name !== undefined) continue;
    const plain = id.startsWith(`${thing}.`) ? id.slice(thing.length + 1) : id;
    const name = block.external === true ? id : engineName(project, plain);
    if (thing === 'network') spec.network = { ...(block as NetworkSpec), name };
    else spec.volume = { ...(block as VolumeSpec), name };
  }
}

function impliedBy(use: Use, id: string, project: string): Built {
  const name = engineName(project, use.name);
  const spec: Spec =
    use.thing === 'network'
      ? { network: { name } }
      : { volume: { name, ...(use.type === undefined ? {} : { type: use.type }) } };
  return {
    workload: {
      id,
      kind: use.thing,
      provider: use.thing,
      dependencies: [],
      desiredState: 'running',
      lifecycle: DEFAULT_LIFECYCLE,
      spec,
      ...(use.user.workload.place === undefined ? {} : { place: use.user.workload.place }),
    },
    edges: [],
    draft: use.user.draft,
    broken: false,
    spot: () => use.user.spot(use.path),
  };
}

/** Replaces every name of a network or volume in a container's spec by a reference to what `find` gives for it. */
function link(user: Built, report: Report, find: (use: Use) => Built | undefined): void {
  const { spec } = user.workload;
  const container = spec.container;
  if (container === undefined) return;
  const refer = (use: Use): Json => {
    const thing = find(use);
    if (thing === undefined) return use.name;
    const { id } = thing.workload;
    user.edges.push({ id, condition: undefined, optional: false, restart: false, source: 'reference', path: use.path });
    const leaf: TemplateLeaf = { $template: { parts: [{ workload: id, attribute: 'name' }], sensitive: false } };
    return leaf as unknown as Json;
  };
  if (Array.isArray(container.networks)) {
    const networks = container.networks.map((one, i): NetworkUse => {
      const path = ['container', 'networks', i];
      if (!isKnown(one.name, user, path, report)) return one;
      return { ...one, name: refer({ thing: 'network', name: one.name, user, path }) as string };
    });
    spec.container = { ...container, networks };
  }
  if (Array.isArray(spec.volumes)) {
    spec.volumes = spec.volumes.map((one, i): Volume => {
      const { name, type } = one;
      if (name === undefined || (type !== 'persistent' && type !== 'ephemeral')) return one;
      const path = ['volumes', i];
      if (!isKnown(name, user, path, report)) return one;
      return { ...one, name: refer({ thing: 'volume', name, type, user, path }) as string };
    });
  }
}

function isKnown(name: unknown, user: Built, path: Path, report: Report): boolean {
  if (typeof name === 'string') return true;
  if (isLeaf(name)) {
    const details = { key: `${path.join('.')}.name`, template: leafText(name) };
    report({ code: 'PJ1017', details, spots: [user.spot(path)] });
    user.broken = true;
  }
  return false;
}

/** A thing is made where its users run; they must agree where they say so. */
function settleRuntime(thing: Built, uses: readonly Use[], report: Report): void {
  const kind = thing.workload.kind as Thing;
  const block = thing.workload.spec[kind];
  if (block === undefined) return;
  let runtime: RuntimeName | undefined = block.runtime;
  for (const { user, path, name } of uses) {
    const own = user.workload.spec.container?.runtime;
    if (own === undefined) continue;
    if (runtime === undefined) runtime = own;
    else if (runtime !== own) {
      const details = { thing: kind, name, id: user.workload.id, runtime: own, other: runtime };
      report({ code: 'PJ1048', details, spots: [user.spot(path)] });
      user.broken = true;
      return;
    }
  }
  if (runtime === undefined || block.runtime !== undefined) return;
  const { spec } = thing.workload;
  if (kind === 'network') spec.network = { ...(block as NetworkSpec), runtime };
  else spec.volume = { ...(block as VolumeSpec), runtime };
}
