import { PjError } from '../errors.ts';
import { readyQueue } from './ready-queue.ts';

/** Something with an id that may run once everything it depends on is done. */
export interface Node {
  readonly id: string;
  readonly dependsOn: readonly string[];
}

/** What a node that ran came to. `not-started`: it was given up before it came to anything, because the run is being stopped. */
export type Ran = 'done' | 'failed' | 'not-started';

export interface ScheduleOptions<N> {
  /** Nodes at once, from 1. */
  parallelism: number;
  /** Once it is aborted nothing more starts; what runs is waited for. */
  stop: AbortSignal;
  /** Runs one node. Must not reject: a rejection is a bug, and ends the walk once what runs has ended. */
  run(node: N): Promise<Ran>;
  /** Told for every node that depends, however far, on one that failed; in the order of the nodes. */
  skipped(node: N, because: N): void;
}

interface Graph {
  /** Positions of the nodes that wait for each node. */
  dependents: number[][];
  /** How many each node still waits for. */
  waiting: number[];
}

/**
 * Runs the nodes as a graph: each as soon as everything it depends on is done, among those that are free in the order given.
 * There are no barriers, and a node costs O(log n) and its edges. Nodes in the answer: those that ran; the skipped ones were
 * told; those never started are absent. Throws PJ4001 for ids that are not unique, unknown dependencies and cycles.
 */
export function walk<N extends Node>(nodes: readonly N[], options: ScheduleOptions<N>): Promise<Map<string, Ran>> {
  const { dependents, waiting } = graphOf(nodes);
  const ready = readyQueue();
  const fates = new Map<string, Ran>();
  const skipped = new Set<number>();
  waiting.forEach((count, index) => {
    if (count === 0) ready.push(index);
  });

  const skipAllBehind = (failed: number) => {
    const found: number[] = [];
    const stack = [failed];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      for (const dependent of dependents[next] ?? []) {
        if (skipped.has(dependent)) continue;
        skipped.add(dependent);
        found.push(dependent);
        stack.push(dependent);
      }
    }
    const because = nodes[failed];
    if (because === undefined) return;
    for (const index of found.sort((a, b) => a - b)) {
      const node = nodes[index];
      if (node !== undefined) options.skipped(node, because);
    }
  };

  return new Promise((resolve, reject) => {
    let running = 0;
    let bug: { thrown: unknown } | undefined;
    const settle = (index: number, id: string, ran: Ran) => {
      fates.set(id, ran);
      if (ran === 'failed') skipAllBehind(index);
      if (ran !== 'done') return;
      for (const dependent of dependents[index] ?? []) {
        const left = (waiting[dependent] ?? 0) - 1;
        waiting[dependent] = left;
        if (left === 0) ready.push(dependent);
      }
    };
    const launch = () => {
      while (running < options.parallelism && !options.stop.aborted && bug === undefined) {
        const index = ready.take();
        const node = index === undefined ? undefined : nodes[index];
        if (index === undefined || node === undefined) break;
        running += 1;
        options
          .run(node)
          .then(
            (ran) => settle(index, node.id, ran),
            (thrown: unknown) => {
              bug ??= { thrown };
            },
          )
          .finally(() => {
            running -= 1;
            launch();
          });
      }
      if (running > 0) return;
      if (bug !== undefined) reject(bug.thrown);
      else resolve(fates);
    };
    launch();
  });
}

/** The edges by position. Throws PJ4001 for ids that are not unique, unknown dependencies and cycles. */
export function graphOf(nodes: readonly Node[]): Graph {
  const position = new Map<string, number>();
  nodes.forEach((node, index) => {
    if (position.has(node.id)) throw new PjError('PJ4001', { what: `two steps are called "${node.id}"` });
    position.set(node.id, index);
  });
  const dependents: number[][] = nodes.map(() => []);
  const waiting = nodes.map((node, index) => {
    const on = new Set(node.dependsOn);
    for (const id of on) {
      const before = position.get(id);
      if (before === undefined) {
        throw new PjError('PJ4001', { what: `step "${node.id}" depends on "${id}", which is not in the plan` });
      }
      dependents[before]?.push(index);
    }
    return on.size;
  });
  refuseCycle(nodes, dependents, [...waiting]);
  return { dependents, waiting };
}

function refuseCycle(nodes: readonly Node[], dependents: number[][], waiting: number[]): void {
  const free: number[] = [];
  waiting.forEach((count, index) => {
    if (count === 0) free.push(index);
  });
  let seen = 0;
  for (let next = free.pop(); next !== undefined; next = free.pop()) {
    seen += 1;
    for (const dependent of dependents[next] ?? []) {
      const left = (waiting[dependent] ?? 0) - 1;
      waiting[dependent] = left;
      if (left === 0) free.push(dependent);
    }
  }
  if (seen === nodes.length) return;
  const stuck = nodes.filter((_, index) => (waiting[index] ?? 0) > 0).map((node) => `"${node.id}"`);
  throw new PjError('PJ4001', { what: `these steps wait for each other: ${stuck.slice(0, 10).join(', ')}` });
}
