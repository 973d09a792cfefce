import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { type Condition, DEFAULT_LIFECYCLE, type Workload } from '../model/workload.ts';
import { contentLine, textOf } from './documents.ts';
import type { Draft } from './drafts.ts';
import { type Normalised, normalise } from './normalise.ts';
import { type Path, type Problem, pathText, type Report, type Spot } from './problem.ts';
import { sensitiveWords } from './sensitive-words.ts';
import { type Names, substitute } from './substitute.ts';
import { type SchemaFault, validateDescriptor } from './validate.ts';

/** A dependency as written. */
export interface Edge {
  id: string;
  condition: Condition | undefined;
  optional: boolean;
  restart: boolean;
  source: 'declared' | 'reference';
  /** Path in the native dialect. */
  path: Path;
}

/** A workload without its dependencies resolved, and what is needed to resolve and check them. */
export interface Built {
  workload: Workload;
  edges: Edge[];
  draft: Draft;
  /** Something is wrong with it: only its edges are looked at. */
  broken: boolean;
  spot(path: Path, at?: 'key' | 'value'): Spot;
}

/** The workloads that a draft stands for; what is wrong with them is reported. */
export function build(draft: Draft, names: Names, report: Report): Built[] {
  if (draft.replicas === undefined) {
    return [buildOne(draft, draft.id, 0, names, report)];
  }
  const built: Built[] = [];
  for (let index = 0; index < draft.replicas; index++) {
    const one = buildOne(draft, `${draft.id}-${index}`, index, names, report);
    built.push(one);
    // the others would say the same
    if (one.broken) return built;
  }
  return built;
}

function buildOne(draft: Draft, id: string, index: number, names: Names, report: Report): Built {
  const { source, kind, written } = draft;
  const spot = (path: Path, at: 'key' | 'value' = 'value'): Spot => ({ document: source, path: written(path), at });
  let broken = false;
  const fail = (problem: Problem): void => {
    broken = true;
    report(problem);
  };
  const edges: Edge[] = [];
  let { value } = draft;
  if (textOf(source).includes('${')) {
    const { name, version } = value;
    value = substitute(value, {
      names,
      self: {
        id,
        index,
        kind,
        ...(typeof name === 'string' && !name.includes('${') ? { name } : {}),
        ...(version !== undefined && typeof version !== 'object' && !String(version).includes('${')
          ? { version: String(version) }
          : {}),
      },
      refers: (to, path) =>
        edges.push({ id: to, condition: undefined, optional: false, restart: false, source: 'reference', path }),
      fault: ({ path, find, ...fault }) => fail({ ...fault, spots: [{ document: source, path: written(path), find }] }),
      bareIsEnv: (path) => written(path)[0] === 'properties',
    }) as JsonObject;
  }
  for (const { path, at, ...fault } of validateDescriptor(value, kind)) {
    fail({ code: fault.code, details: asWritten(fault.details, path, written), spots: [spot(path, at)] });
  }
  if (value[kind] === undefined && kind !== 'java') {
    fail({ code: 'PJ1011', details: { key: kind, where: `a descriptor of kind ${kind}` }, spots: [spot(['kind'])] });
  }
  const normalised = broken
    ? NOTHING
    : normalise(value, kind, ({ path, ...fault }) =>
        fail({ ...fault, details: asWritten(fault.details, path, written), spots: [spot(path)] }),
      );
  // a leaf within a known list was told of above
  edges.push(...declaredEdges(value['dependencies']));
  const workload: Workload = {
    id,
    kind,
    provider: kind,
    dependencies: [],
    ...(broken ? NOTHING : normalised),
    place: { file: source.file.path, line: contentLine(source), column: 1 },
  };
  for (const { path, sources } of sensitiveWords(workload.spec)) {
    fail({ code: 'PJ1019', details: { key: pathText(path), sources: sources.join(', ') }, spots: [spot(path)] });
  }
  return { workload, edges, draft, broken, spot };
}

const NOTHING: Normalised = { spec: {}, desiredState: 'stopped', lifecycle: DEFAULT_LIFECYCLE };

/** A flat key is called by its own name in the sentence. */
function asWritten(details: SchemaFault['details'], path: Path, written: Draft['written']): SchemaFault['details'] {
  const as = written(path);
  return as[0] === 'properties' && path[0] !== 'properties' ? { ...details, key: String(as[1]) } : details;
}

function declaredEdges(dependencies: Json | undefined): Edge[] {
  if (!Array.isArray(dependencies)) return [];
  return dependencies.flatMap((entry, i) => {
    const given = isObject(entry) ? entry : { id: entry };
    if (typeof given['id'] !== 'string') return [];
    return {
      id: given['id'],
      condition: given['condition'] as Condition | undefined,
      optional: given['optional'] === true,
      restart: given['restart'] === true,
      source: 'declared',
      path: ['dependencies', i],
    };
  });
}
