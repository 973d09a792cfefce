import type { Built } from './build.ts';
import type { Report } from './problem.ts';

/** Cycles that are told of one knot of workloads; untying these shows the next. */
const MAX_TOLD = 20;

/** Reports the shortest cycles of the dependency graph, `a → b → c → a`, with each edge's place. Linear in nodes and edges. */
export function reportCycles(all: readonly Built[], report: Report): void {
  const byId = new Map(all.map((built) => [built.workload.id, built]));
  const next = (id: string): string[] => byId.get(id)?.workload.dependencies.map((each) => each.id) ?? [];
  for (const knot of knots([...byId.keys()], next)) {
    const inside = new Set(knot);
    const covered = new Set<string>();
    let told = 0;
    for (const start of knot.sort()) {
      if (covered.has(start) || told >= MAX_TOLD) continue;
      const cycle = shortestCycle(start, (id) => next(id).filter((each) => inside.has(each)));
      for (const id of cycle) covered.add(id);
      told++;
      const least = cycle.indexOf([...cycle].sort()[0] ?? start);
      const turned = [...cycle.slice(least), ...cycle.slice(0, least)];
      const spots = turned.flatMap((id, i) => {
        const to = turned[(i + 1) % turned.length];
        const built = byId.get(id);
        const edge = built?.edges.find((each) => each.id === to || to?.replace(/-\d+$/, '') === each.id);
        return built && edge ? [built.spot(edge.path)] : [];
      });
      report({ code: 'PJ1042', details: { cycle: [...turned, turned[0]].join(' → ') }, spots });
    }
  }
}

/** Sets of nodes that reach each other (Tarjan, without recursion), single nodes only when they reach themselves. */
function knots(nodes: readonly string[], next: (id: string) => string[]): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const found: string[][] = [];
  const enter = (id: string): { id: string; edges: string[]; at: number } => {
    index.set(id, index.size);
    low.set(id, index.get(id) ?? 0);
    stack.push(id);
    onStack.add(id);
    return { id, edges: next(id), at: 0 };
  };
  for (const root of nodes) {
    if (index.has(root)) continue;
    const work = [enter(root)];
    for (let top = work.at(-1); top !== undefined; top = work.at(-1)) {
      const { id } = top;
      const to = top.edges[top.at++];
      if (to !== undefined) {
        if (!index.has(to)) work.push(enter(to));
        else if (onStack.has(to)) low.set(id, Math.min(low.get(id) ?? 0, index.get(to) ?? 0));
        continue;
      }
      work.pop();
      const parent = work.at(-1);
      if (parent !== undefined) low.set(parent.id, Math.min(low.get(parent.id) ?? 0, low.get(id) ?? 0));
      if (low.get(id) !== index.get(id)) continue;
      const knot: string[] = [];
      for (let each = stack.pop(); each !== undefined; each = stack.pop()) {
        onStack.delete(each);
        knot.push(each);
        if (each === id) break;
      }
      if (knot.length > 1 || next(id).includes(id)) found.push(knot);
    }
  }
  return found;
}

/** A shortest way from a node back to itself. */
function shortestCycle(start: string, next: (id: string) => string[]): string[] {
  const from = new Map<string, string>();
  let ring = [start];
  while (ring.length > 0) {
    const further: string[] = [];
    for (const id of ring) {
      for (const to of next(id)) {
        if (to === start) {
          const cycle = [id];
          for (let back = from.get(id); back !== undefined; back = from.get(back)) cycle.unshift(back);
          return cycle;
        }
        if (from.has(to)) continue;
        from.set(to, id);
        further.push(to);
      }
    }
    ring = further;
  }
  return [start];
}
