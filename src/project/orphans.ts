import { isObject } from '../model/json.ts';
import type { Orphan } from '../model/plan.ts';
import type { Snapshot } from '../model/record.ts';
import { quietly } from './engines.ts';
import type { Run } from './run.ts';

/**
 * What the engines hold that bears this project's marks and that its state does not know, sorted by id: left by a state that was lost or edited, or
 * forgotten. Only engines that the project uses are asked. `busy`: workloads of which a step is under way or not settled; they are nobody's orphans.
 */
export async function findOrphans(
  run: Run,
  snapshot: Snapshot | undefined,
  busy: ReadonlySet<string>,
): Promise<Orphan[]> {
  if (snapshot === undefined) return [];
  const records = Object.values(snapshot.workloads);
  const names = new Set([...run.loaded.workloads, ...records].map(({ provider }) => provider));
  const known = new Set(
    records.flatMap(({ id, generation, deposed = [] }) =>
      [generation, ...deposed.map((one) => one.generation)].map((g) => `${id}@${g}`),
    ),
  );
  // What was renamed goes on under its old marks.
  const handles = new Set(records.flatMap(({ handle }) => engineKey(handle) ?? []));
  const orphans: Orphan[] = [];
  for (const name of [...names].sort()) {
    // A provider that this version lacks says so when it is needed.
    const provider = await run.engines.provider(name).catch(() => undefined);
    if (provider?.capabilities.orphans !== true) continue;
    const project = { project: run.loaded.config.name, lineage: snapshot.lineage };
    for (const { identity, found } of await provider.list(project, quietly(run.signal))) {
      const { id, generation } = identity;
      if (known.has(`${id}@${generation}`) || busy.has(id) || handles.has(engineKey(found.handle) ?? '')) continue;
      const { name: called, status, kept = false } = found;
      orphans.push({
        id,
        generation,
        kind: provider.kind,
        provider: name,
        ...(called === undefined ? {} : { name: called }),
        status,
        kept,
      });
    }
  }
  return orphans.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.generation - b.generation));
}

/** The engine's own identity in a handle, where it has one. */
function engineKey(handle: unknown): string | undefined {
  if (!isObject(handle)) return undefined;
  const { runtime, id, name } = handle;
  const key = id ?? name;
  return typeof key === 'string' ? `${String(runtime)} ${key}` : undefined;
}
