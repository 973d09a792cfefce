/** The smallest number first; push and take cost O(log n), so that a wide plan stays cheap. */
export interface ReadyQueue {
  readonly size: number;
  push(index: number): void;
  /** Undefined when it is empty. */
  take(): number | undefined;
}

/** An empty queue of plan positions (a binary heap). */
export function readyQueue(): ReadyQueue {
  const heap: number[] = [];
  const value = (i: number): number => heap[i] ?? Number.POSITIVE_INFINITY;
  const swap = (a: number, b: number) => {
    const kept = value(a);
    heap[a] = value(b);
    heap[b] = kept;
  };
  return {
    get size() {
      return heap.length;
    },
    push(index) {
      let here = heap.push(index) - 1;
      while (here > 0) {
        const parent = (here - 1) >> 1;
        if (value(parent) <= value(here)) break;
        swap(parent, here);
        here = parent;
      }
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return first;
      heap[0] = last;
      for (let here = 0; ; ) {
        const left = 2 * here + 1;
        const child = value(left + 1) < value(left) ? left + 1 : left;
        if (value(here) <= value(child)) return first;
        swap(here, child);
        here = child;
      }
    },
  };
}
