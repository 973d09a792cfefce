import { isObject, type Json, type JsonObject } from '../model/json.ts';
import { nearest, suggestion } from '../model/nearest.ts';
import type { Part, TemplateLeaf } from '../model/template.ts';
import type { Path, Problem } from './problem.ts';
import { type Expression, parseTemplate } from './template-syntax.ts';

/** What `${…}` can name. The same for every workload of a run. */
export interface Names {
  project: string;
  /** Values of the variables that are set or have a default. */
  variables: ReadonlyMap<string, Json>;
  /** Declared names, also of those that have no value (that is reported once, at its declaration). */
  declared: ReadonlySet<string>;
  sensitive: ReadonlySet<string>;
  secrets: ReadonlySet<string>;
  env: Readonly<Record<string, string | undefined>>;
  /** Ids of all workloads, replicas expanded. */
  ids: ReadonlySet<string>;
  /** Ids that stand for replicas, with their number. */
  replicated: ReadonlyMap<string, number>;
}

/** What `${self…}` and `${index}` mean here. */
interface Self {
  id: string;
  index: number;
  name?: string;
  kind?: string;
  version?: string;
}

/** A fault of a `${…}`; the caller knows the place. */
type Fault = Pick<Problem, 'code' | 'details' | 'advice'> & { path: Path; find: string };

export interface Substitution {
  names: Names;
  self: Self | undefined;
  /** Told once for each `${workload.ID.ATTR}`. */
  refers?: (id: string, path: Path) => void;
  fault: (fault: Fault) => void;
  /** True for paths where platform-java's `${NAME}` is the environment. */
  bareIsEnv?: (path: Path) => boolean;
}

/**
 * A value with every `${…}` in its strings replaced: by its value where that is known and not sensitive (type kept when it is the
 * whole string), else by a template leaf. Values without one are shared, not copied.
 */
export function substitute(value: Json, with_: Substitution, path: Path = []): Json {
  if (typeof value === 'string') return value.includes('${') ? substituteText(value, with_, path) : value;
  if (Array.isArray(value)) {
    let list: Json[] | undefined;
    for (const [i, item] of value.entries()) {
      const now = substitute(item, with_, [...path, i]);
      if (now !== item) {
        list ??= [...value];
        list[i] = now;
      }
    }
    return list ?? value;
  }
  if (!isObject(value)) return value;
  let map: JsonObject | undefined;
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue;
    const now = substitute(item, with_, [...path, key]);
    if (now !== item) {
      map ??= { ...value };
      map[key] = now;
    }
  }
  return map ?? value;
}

function substituteText(text: string, with_: Substitution, path: Path): Json {
  const pieces = parseTemplate(text);
  if ('reason' in pieces) {
    with_.fault({ code: 'PJ1020', details: { raw: pieces.raw, reason: pieces.reason }, path, find: pieces.raw });
    return text;
  }
  const parts: (Part | { value: Json })[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string') parts.push(piece);
    else parts.push(lookUp(piece, with_, path) ?? piece.raw);
  }
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'object' && 'value' in only) return only.value as Json;
  const joined: Part[] = [];
  for (const part of parts) {
    const known = typeof part === 'string' ? part : 'value' in part ? asText(part.value as Json) : undefined;
    const last = joined.at(-1);
    if (known === undefined) joined.push(part as Part);
    else if (typeof last === 'string') joined[joined.length - 1] = last + known;
    else joined.push(known);
  }
  if (joined.length === 1 && typeof joined[0] === 'string') return joined[0];
  const sensitive = joined.some((part) => typeof part === 'object' && !('workload' in part));
  const leaf: TemplateLeaf = { $template: { parts: joined, sensitive } };
  return leaf as unknown as Json;
}

const asText = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** What an expression is: a value that is known, or a part that is resolved later; undefined after a fault. */
function lookUp(expression: Expression, with_: Substitution, path: Path): Part | { value: Json } | undefined {
  const { form, name, raw } = expression;
  const { names, self } = with_;
  const fault = (code: Fault['code'], details: Fault['details'], advice?: string): undefined => {
    with_.fault({ code, details, path, find: raw, ...(advice === undefined ? {} : { advice }) });
  };
  switch (form) {
    case 'var': {
      if (!names.declared.has(name)) return fault('PJ1021', { name, suggestion: suggestion(name, names.declared) });
      if (names.sensitive.has(name)) return { var: name };
      const value = names.variables.get(name);
      // one without a value is reported where it is declared; any text will do here
      return { value: value === undefined ? '' : value };
    }
    case 'secret':
      if (!names.secrets.has(name)) return fault('PJ1022', { name, suggestion: suggestion(name, names.secrets) });
      return { secret: name };
    case 'bare':
      if (with_.bareIsEnv?.(path) !== true) {
        const meant = names.declared.has(name)
          ? `\${var.${name}}`
          : names.secrets.has(name)
            ? `\${secret.${name}}`
            : undefined;
        return fault('PJ1020', {
          raw,
          reason: `it does not say what ${name} is${meant ? `; did you mean ${meant}?` : `: write \${var.${name}} or \${env.${name}}`}`,
        });
      }
      return environment(expression, names, fault);
    case 'env':
      return environment(expression, names, fault);
    case 'workload':
      return workloadPart(name, with_, path, fault);
    case 'self': {
      const value = selfValue(name, self);
      if (value === undefined) {
        return fault('PJ1026', { raw, suggestion: suggestion(name, ['id', 'name', 'kind', 'version', 'index']) });
      }
      return { value };
    }
    case 'project':
      if (name !== 'name') return fault('PJ1026', { raw, suggestion: suggestion(name, ['name']) });
      return { value: names.project };
    case 'index':
      return { value: self?.index ?? 0 };
  }
}

type Refuse = (code: Fault['code'], details: Fault['details'], advice?: string) => undefined;

function environment({ name, fallback }: Expression, names: Names, fault: Refuse): Part | undefined {
  if (names.env[name] === undefined && fallback === undefined) {
    const known = Object.keys(names.env).filter((key) => names.env[key] !== undefined);
    const near = nearest(name, known);
    return fault('PJ1023', { name, suggestion: near === undefined ? '' : `; did you mean \`${near}\`?` });
  }
  return fallback === undefined ? { env: name } : { env: name, default: fallback };
}

function workloadPart(name: string, with_: Substitution, path: Path, fault: Refuse): Part | undefined {
  const { ids, replicated } = with_.names;
  // ids may hold dots: the longest id that fits is meant
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const id = name.slice(0, dot);
    const attribute = name.slice(dot + 1);
    const replicas = replicated.get(id);
    if (replicas !== undefined) {
      return fault(
        'PJ1027',
        { id, replicas, last: Math.max(0, replicas - 1) },
        `Write \${workload.${id}-0.${attribute}}.`,
      );
    }
    if (!ids.has(id)) continue;
    if (id === with_.self?.id) return fault('PJ1028', { id });
    with_.refers?.(id, path);
    return { workload: id, attribute };
  }
  const [first = name] = name.split('.');
  return fault('PJ1024', { id: first, suggestion: suggestion(first, ids) });
}

function selfValue(name: string, self: Self | undefined): Json | undefined {
  if (self === undefined) return undefined;
  switch (name) {
    case 'id':
    case 'ID':
      return self.id;
    case 'index':
      return self.index;
    case 'name':
      return self.name ?? self.id;
    case 'kind':
      return self.kind;
    case 'version':
      return self.version;
    default:
      return undefined;
  }
}
