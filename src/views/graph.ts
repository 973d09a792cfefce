import type { Plan } from '../model/plan.ts';
import type { Dependency, Kind } from '../model/workload.ts';
import { address } from './address.ts';
import { jsonText } from './json-text.ts';
import { safe } from './text-safety.ts';

interface GraphNode {
  id: string;
  label: string;
  /** The workload's kind, where it is known. */
  kind?: Kind;
  /** For a plan's steps: the action. */
  action?: string;
}

/** From the one that depends to the one it depends on. */
interface GraphEdge {
  from: string;
  to: string;
  /** The condition, where it is not the plain one: `healthy`, `completed`, `optional`, `restart`. */
  label?: string;
}

/** A directed graph, nodes and edges sorted by id. */
export interface Graph {
  name: string;
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export type GraphFormat = 'dot' | 'mermaid' | 'json';

/** The dependency graph of workloads. A dependency that is not among them is drawn too, except where it is optional. */
export function dependencyGraph(
  name: string,
  workloads: readonly { id: string; kind: Kind; dependencies: readonly Dependency[] }[],
): Graph {
  const nodes = new Map<string, GraphNode>();
  for (const { id, kind } of workloads) nodes.set(id, { id, label: address(kind, id), kind });
  const edges: GraphEdge[] = [];
  for (const { id, dependencies } of workloads)
    for (const dependency of dependencies) {
      if (!nodes.has(dependency.id)) {
        if (dependency.optional) continue;
        nodes.set(dependency.id, { id: dependency.id, label: dependency.id });
      }
      const words = [
        ...(dependency.condition === 'started' ? [] : [dependency.condition]),
        ...(dependency.optional ? ['optional'] : []),
        ...(dependency.restart ? ['restart'] : []),
      ];
      edges.push({ from: id, to: dependency.id, ...(words.length > 0 && { label: words.join(', ') }) });
    }
  return sortedGraph({ name, nodes: [...nodes.values()], edges });
}

/** The graph of a plan's steps: who waits for whom. */
export function stepGraph(plan: Plan): Graph {
  const kinds = new Map(plan.changes.map((change) => [change.id, change.kind]));
  return sortedGraph({
    name: plan.project,
    nodes: plan.steps.map((step) => {
      const kind = kinds.get(step.workload);
      return { id: step.id, label: step.id, action: step.action, ...(kind !== undefined && { kind }) };
    }),
    edges: plan.steps.flatMap((step) => step.dependsOn.map((to) => ({ from: step.id, to }))),
  });
}

/** The graph as text in one of the formats, ending in a newline. */
export function graphToText(graph: Graph, format: GraphFormat): string {
  switch (format) {
    case 'dot':
      return graphToDot(graph);
    case 'mermaid':
      return graphToMermaid(graph);
    case 'json':
      return `${jsonText(graph, 2)}\n`;
  }
}

/** For Graphviz: arrows point to what is depended on. */
function graphToDot(graph: Graph): string {
  const lines = [
    `digraph ${dotId(graph.name)} {`,
    '  rankdir = "LR";',
    '  node [shape = rect, fontname = "sans-serif"];',
  ];
  for (const node of graph.nodes) lines.push(`  ${dotId(node.id)} [label = ${dotId(node.label)}];`);
  for (const edge of graph.edges) {
    const label = edge.label === undefined ? '' : ` [label = ${dotId(edge.label)}]`;
    lines.push(`  ${dotId(edge.from)} -> ${dotId(edge.to)}${label};`);
  }
  return `${lines.join('\n')}\n}\n`;
}

/** For mermaid, which renders in markdown: arrows point to what is depended on. */
function graphToMermaid(graph: Graph): string {
  const names = new Map<string, string>();
  // Mermaid reads words such as `end` and most punctuation in ids as syntax, so nodes get names of their own.
  const name = (id: string): string => {
    const known = names.get(id);
    if (known !== undefined) return known;
    const fresh = `n${names.size}`;
    names.set(id, fresh);
    return fresh;
  };
  const lines = ['flowchart LR'];
  for (const node of graph.nodes) lines.push(`  ${name(node.id)}["${mermaidText(node.label)}"]`);
  for (const edge of graph.edges) {
    const arrow = edge.label === undefined ? '-->' : `-->|"${mermaidText(edge.label)}"|`;
    lines.push(`  ${name(edge.from)} ${arrow} ${name(edge.to)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** A quoted DOT id; a backslash stays one, as Graphviz would read `\n` or `\l` in a label. */
function dotId(text: string): string {
  return `"${safe(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/** Mermaid takes entity codes with `#` in place of `&`, and reads no other escape. */
function mermaidText(text: string): string {
  return safe(text).replace(/[^\p{L}\p{N} ._:/,@-]/gu, (char) => `#${char.codePointAt(0)};`);
}

function sortedGraph(graph: Graph): Graph {
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return {
    name: graph.name,
    nodes: graph.nodes.toSorted((a, b) => order(a.id, b.id)),
    edges: graph.edges.toSorted((a, b) => order(a.from, b.from) || order(a.to, b.to)),
  };
}
