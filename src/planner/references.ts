import { isObject, type Json } from '../model/json.ts';
import type { Observed } from '../model/observed.ts';
import type { Cause } from '../model/plan.ts';
import type { WorkloadRecord } from '../model/record.ts';
import { hasHealthCheck, type Spec } from '../model/spec.ts';
import { evaluate, isTemplate, leavesOf, mapLeaves, type Part, partsOf, reference } from '../model/template.ts';
import type { PlannerInput, ProviderRules } from './input.ts';
import { comesUp, type Node } from './node.ts';

/** What resolving templates needs to know. */
export interface References {
  /** Decided already, as references follow the dependencies. */
  nodes: ReadonlyMap<string, Node>;
  rules(provider: string): ProviderRules;
  sensitive: PlannerInput['sensitive'];
}

/** What the plan does to a workload, as far as its attributes go. */
export type Effect = 'none' | 'update' | 'restart' | 'replace' | 'new';

/** How far the attributes of a workload may change through this plan. */
export function effectOn(node: Node): Effect {
  if (node.record === undefined) return 'new';
  if (node.shape.create) return 'replace';
  // What is resumed is the same instance as before.
  if (node.shape.start) return 'restart';
  return node.shape.update && !node.shape.recordOnly ? 'update' : 'none';
}

/** The spec with every template replaced: by its value, by the digest of its value, or by an unknown leaf. */
export function resolve(spec: Spec, from: References): Spec {
  return mapLeaves(spec, (leaf) => {
    if (!isTemplate(leaf)) return leaf;
    const { parts, sensitive } = leaf.$template;
    const value = evaluate(parts, (part) => {
      const ref = reference(part);
      return ref === undefined ? from.sensitive.lookup(part) : attributeNow(ref, from);
    });
    if (value === undefined) return { $unknown: { parts, sensitive } };
    return sensitive ? { $sensitive: { parts, digest: from.sensitive.digest(value) } } : value;
  }) as Spec;
}

/** An attribute's value when the one who refers to it is made; undefined where that is known only after apply. */
export function attributeNow(ref: { workload: string; attribute: string }, from: References): Json | undefined {
  const node = from.nodes.get(ref.workload);
  if (node === undefined) return undefined;
  const { told } = attributesOf(node, ref.attribute);
  if (told === undefined) return nodeName(node, ref.attribute);
  // What was never started has told no more than what it was made with; its value counts from when it runs.
  if (neverRan(node)) return undefined;
  return keeps(node, ref.attribute, from) ? told : undefined;
}

/** True when no step of this plan can give the attribute a value that it does not have yet. */
export function neverThere(ref: { workload: string; attribute: string }, from: References): boolean {
  const node = from.nodes.get(ref.workload);
  if (node === undefined || attributeNow(ref, from) !== undefined || comesUp(node.shape)) return false;
  return effectOn(node) !== 'update' || neverRan(node);
}

/** The names of the attributes a workload has, for error texts. */
export function attributeNames(node: Node | undefined): string[] {
  return Object.keys(node?.observed?.attributes ?? node?.record?.attributes ?? {}).sort();
}

/** Why a value that comes from another workload is not what it was; undefined where no other workload has to do with it. */
export function causeOf(raw: Json | undefined, from: References): Cause | undefined {
  for (const leaf of leavesOf(raw)) {
    for (const part of partsOf(leaf)) {
      const cause = partCause(part, from);
      if (cause !== undefined) return cause;
    }
  }
  return undefined;
}

function partCause(part: Part, from: References): Cause | undefined {
  const ref = reference(part);
  const node = ref === undefined ? undefined : from.nodes.get(ref.workload);
  if (ref === undefined || node === undefined || nodeName(node, ref.attribute) !== undefined) return undefined;
  const because = (what: 'replaced' | 'restarted' | 'changed'): Cause => ({
    type: 'dependency',
    workload: ref.workload,
    what,
    attribute: ref.attribute,
  });
  if (attributeNow(ref, from) === undefined) {
    switch (effectOn(node)) {
      case 'replace':
        return because('replaced');
      case 'restart':
        return because('restarted');
      case 'update':
        return because('changed');
      case 'new':
      case 'none':
        // The reference itself is new then: who wrote it has changed it.
        return undefined;
    }
  }
  const { told, recorded } = attributesOf(node, ref.attribute);
  return JSON.stringify(told) === JSON.stringify(recorded) ? undefined : because('changed');
}

function neverRan({ record, now }: Node): boolean {
  return record?.state === 'DEPLOYED' && (now.status === 'stopped' || now.status === 'gone');
}

function keeps(node: Node, attribute: string, from: References): boolean {
  const effect = effectOn(node);
  if (effect === 'none') return true;
  if (effect === 'new') return false;
  const paths = node.differences.map((d) => d.path);
  const told = from.rules(node.record?.provider ?? '').keeps?.(attribute, effect, paths);
  if (told !== undefined) return told;
  const root = attribute.split('.')[0] ?? attribute;
  const named = paths.some((path) => path.split('/').includes(root));
  if (effect === 'update') return !named;
  return effect === 'restart' && !named && declares(node, root);
}

/** True when the spec's own block of its kind says it: `native.ports`, `external.address`. */
function declares(node: Node, root: string): boolean {
  const block = (node.planned?.spec as { [key: string]: Json | undefined } | undefined)?.[node.record?.kind ?? ''];
  return isObject(block) && block[root] !== undefined;
}

function attributesOf(node: Node, name: string): { told: Json | undefined; recorded: Json | undefined } {
  const recorded = below(node.record?.attributes, name);
  return { told: below(node.observed?.attributes, name) ?? recorded, recorded };
}

/** Names that every workload has where its provider tells nothing of that name: what they will be, by the descriptor. */
function nodeName(node: Node, name: string): Json | undefined {
  if (below(node.record?.attributes, name) !== undefined || below(node.observed?.attributes, name) !== undefined) {
    return undefined;
  }
  const planned = node.planned ?? node.record;
  if (name === 'id') return node.record === undefined || neverRan(node) ? undefined : node.id;
  if (planned === undefined) return undefined;
  if (name === 'state') return { running: 'RUNNING', stopped: 'STOPPED', paused: 'PAUSED' }[planned.desiredState];
  if (name === 'health') return hasHealthCheck(planned.spec) ? 'healthy' : 'none';
  return undefined;
}

/** An attribute as it is now, by what the engine says, else by the record; undefined where neither has it. */
export function recordedAttribute(
  record: WorkloadRecord | undefined,
  observed: Observed | undefined,
  name: string,
): Json | undefined {
  const told = below(observed?.attributes, name) ?? below(record?.attributes, name);
  if (told !== undefined || record === undefined) return told;
  if (name === 'id') return record.id;
  if (name === 'state') return record.state;
  return name === 'health' ? record.health : undefined;
}

/** Keys may hold dots themselves, so the longest key that fits is taken first: `ports.80` is `{ports: {"80": …}}`. */
function below(value: Json | undefined, name: string): Json | undefined {
  if (Array.isArray(value)) {
    const [head = '', ...rest] = name.split('.');
    const one = /^\d+$/.test(head) ? value[Number(head)] : undefined;
    return rest.length === 0 ? one : below(one, rest.join('.'));
  }
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, name) && value[name] !== undefined) return value[name];
  for (let dot = name.lastIndexOf('.'); dot > 0; dot = name.lastIndexOf('.', dot - 1)) {
    const key = name.slice(0, dot);
    const found = below(Object.hasOwn(value, key) ? value[key] : undefined, name.slice(dot + 1));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The workloads whose attributes the unknown leaves of a planned spec wait for. */
export function awaited(spec: Spec): Set<string> {
  const ids = new Set<string>();
  for (const leaf of leavesOf(spec)) {
    if (!('$unknown' in leaf)) continue;
    for (const part of leaf.$unknown.parts) {
      const ref = reference(part);
      if (ref !== undefined) ids.add(ref.workload);
    }
  }
  return ids;
}
