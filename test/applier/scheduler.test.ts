import { describe, expect, it } from 'vitest';
import { readyQueue } from '../../src/applier/ready-queue.ts';
import { type Ran, walk } from '../../src/applier/scheduler.ts';

interface TestNode {
  id: string;
  dependsOn: string[];
}

const nodes = (graph: Record<string, string[]>): TestNode[] =>
  Object.entries(graph).map(([id, dependsOn]) => ({ id, dependsOn }));

/** Walks a graph; `scripted` says what a node comes to, `done` otherwise. */
async function run(
  graph: TestNode[],
  scripted: Record<string, Ran> = {},
  options: { parallelism?: number; onRun?: (id: string, stop: AbortController) => Promise<void> | void } = {},
) {
  const stop = new AbortController();
  const started: string[] = [];
  const skipped: [string, string][] = [];
  let running = 0;
  let most = 0;
  const ran = await walk(graph, {
    parallelism: options.parallelism ?? 10,
    stop: stop.signal,
    run: async ({ id }) => {
      started.push(id);
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      await options.onRun?.(id, stop);
      running -= 1;
      return scripted[id] ?? 'done';
    },
    skipped: (node, because) => skipped.push([node.id, because.id]),
  });
  return { started, skipped, most, ran: Object.fromEntries(ran) };
}

const diamond = nodes({ top: [], left: ['top'], right: ['top'], bottom: ['left', 'right'] });

describe('the order of a walk', () => {
  const cases: { name: string; graph: TestNode[]; parallelism: number; order: string[] }[] = [
    { name: 'nothing', graph: [], parallelism: 1, order: [] },
    { name: 'a chain', graph: nodes({ c: ['b'], b: ['a'], a: [] }), parallelism: 10, order: ['a', 'b', 'c'] },
    { name: 'a diamond', graph: diamond, parallelism: 1, order: ['top', 'left', 'right', 'bottom'] },
    {
      name: 'plan order among the free ones, whoever freed them last',
      graph: nodes({ a: [], b: ['a'], c: [], d: [], e: ['c'] }),
      parallelism: 1,
      order: ['a', 'b', 'c', 'd', 'e'],
    },
    { name: 'a dependency named twice', graph: nodes({ a: [], b: ['a', 'a'] }), parallelism: 1, order: ['a', 'b'] },
  ];
  it.each(cases)('$name', async ({ graph, parallelism, order }) => {
    const first = await run(graph, {}, { parallelism });
    expect(first.started).toEqual(order);
    expect(first.ran).toEqual(Object.fromEntries(order.map((id) => [id, 'done'])));
  });

  it('has no barriers: a branch goes on while another one is held up', async () => {
    const order: string[] = [];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await run(
      nodes({ slow: [], a: [], b: ['a'], c: ['b'] }),
      {},
      {
        onRun: async (id) => {
          if (id === 'slow') await held;
          order.push(id);
          if (id === 'c') release();
        },
      },
    );
    expect(order).toEqual(['a', 'b', 'c', 'slow']);
  });
});

describe('the cap', () => {
  const wide = nodes(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`n${i}`, i < 20 ? [] : [`n${i - 20}`]])));
  it.each([1, 2, 7, 10, 100])('of %i is reached and never passed', async (parallelism) => {
    const { most, started } = await run(wide, {}, { parallelism });
    expect(most).toBe(Math.min(parallelism, 20));
    expect(started).toHaveLength(40);
  });
});

describe('a failure', () => {
  const cases: { name: string; graph: TestNode[]; fails: string[]; skipped: [string, string][]; ran: string[] }[] = [
    {
      name: 'at the root skips all behind it',
      graph: diamond,
      fails: ['top'],
      ran: ['top'],
      skipped: [
        ['left', 'top'],
        ['right', 'top'],
        ['bottom', 'top'],
      ],
    },
    {
      name: 'on one side leaves the other',
      graph: diamond,
      fails: ['left'],
      ran: ['left', 'right', 'top'],
      skipped: [['bottom', 'left']],
    },
    {
      name: 'on both sides is told once',
      graph: diamond,
      fails: ['left', 'right'],
      ran: ['left', 'right', 'top'],
      skipped: [['bottom', 'left']],
    },
    {
      name: 'far up is named, not the skipped one between',
      graph: nodes({ a: [], b: ['a'], c: ['b'], d: ['c'], x: [] }),
      fails: ['a'],
      ran: ['a', 'x'],
      skipped: [
        ['b', 'a'],
        ['c', 'a'],
        ['d', 'a'],
      ],
    },
    {
      name: 'at a leaf skips nothing',
      graph: diamond,
      fails: ['bottom'],
      ran: ['bottom', 'left', 'right', 'top'],
      skipped: [],
    },
  ];
  it.each(cases)('$name', async ({ graph, fails, skipped, ran }) => {
    const result = await run(graph, Object.fromEntries(fails.map((id) => [id, 'failed' as const])));
    expect(result.skipped).toEqual(skipped);
    expect([...result.started].sort()).toEqual(ran);
  });

  it('given up by a node starts nothing behind it and skips nothing', async () => {
    const { started, skipped } = await run(diamond, { left: 'not-started' });
    expect(started).toEqual(['top', 'left', 'right']);
    expect(skipped).toEqual([]);
  });
});

describe('stopping', () => {
  it('starts nothing more and waits for what runs', async () => {
    const ended: string[] = [];
    const { started, ran } = await run(
      nodes({ a: [], b: [], c: ['a'], d: [] }),
      {},
      {
        parallelism: 2,
        onRun: (id, stop) => {
          if (id === 'a') stop.abort();
          ended.push(id);
        },
      },
    );
    expect(started).toEqual(['a', 'b']);
    expect(ended).toEqual(['a', 'b']);
    expect(ran).toEqual({ a: 'done', b: 'done' });
  });

  it('before the start starts nothing', async () => {
    const stop = new AbortController();
    stop.abort();
    const ran = await walk(diamond, {
      parallelism: 1,
      stop: stop.signal,
      run: async () => 'done',
      skipped: () => undefined,
    });
    expect(ran.size).toBe(0);
  });
});

describe('a graph that cannot be walked', () => {
  const cases: [string, TestNode[], RegExp][] = [
    ['a cycle', nodes({ a: ['b'], b: ['a'], c: [] }), /"a", "b"/],
    ['itself', nodes({ a: ['a'] }), /wait for each other: "a"/],
    ['an unknown dependency', nodes({ a: ['ghost'] }), /"a" depends on "ghost"/],
    ['one id twice', [...nodes({ a: [] }), ...nodes({ a: [] })], /two steps are called "a"/],
  ];
  it.each(cases)('%s is refused before anything runs', async (_, graph, message) => {
    const started: string[] = [];
    const walked = async () =>
      await walk(graph, {
        parallelism: 1,
        stop: new AbortController().signal,
        run: async ({ id }) => {
          started.push(id);
          return 'done';
        },
        skipped: () => undefined,
      });
    await expect(walked()).rejects.toThrow(message);
    expect(started).toEqual([]);
  });

  it('rejects with the bug when running a node rejects, once the others have ended', async () => {
    const ended: string[] = [];
    const walked = walk(nodes({ a: [], b: [], c: ['b'] }), {
      parallelism: 10,
      stop: new AbortController().signal,
      run: async ({ id }) => {
        if (id === 'a') throw new Error('bug');
        await new Promise((resolve) => setTimeout(resolve, 5));
        ended.push(id);
        return 'done';
      },
      skipped: () => undefined,
    });
    await expect(walked).rejects.toThrow('bug');
    expect(ended).toEqual(['b']);
  });
});

describe('cost', () => {
  /** How often the walk looks at a node, for a plan of so many layers of 100. */
  async function looks(layers: number): Promise<number> {
    let count = 0;
    const graph = Array.from({ length: layers * 100 }, (_, i) => {
      const dependsOn = i < 100 ? [] : [`n${i - 100}`];
      return {
        get id() {
          count += 1;
          return `n${i}`;
        },
        get dependsOn() {
          count += 1;
          return dependsOn;
        },
      };
    });
    const ran = await walk(graph, {
      parallelism: 10,
      stop: new AbortController().signal,
      run: async () => 'done',
      skipped: () => undefined,
    });
    expect(ran.size).toBe(layers * 100);
    return count;
  }

  it('grows with the steps, not with their square', async () => {
    const [small, large] = [await looks(10), await looks(100)];
    expect(large).toBeLessThanOrEqual(small * 10);
  });
});

describe('the ready queue', () => {
  it('gives the smallest first, whatever the order of arrival', () => {
    const queue = readyQueue();
    const numbers = Array.from({ length: 500 }, (_, i) => (i * 7919) % 1009);
    const out: number[] = [];
    for (const [i, n] of numbers.entries()) {
      queue.push(n);
      // Takes are mixed in, so that the heap shrinks and grows.
      if (i % 5 === 4) out.push(queue.take() ?? -1);
    }
    const rest: number[] = [];
    for (let n = queue.take(); n !== undefined; n = queue.take()) rest.push(n);
    expect(rest).toEqual([...rest].sort((a, b) => a - b));
    expect([...out, ...rest].sort((a, b) => a - b)).toEqual([...numbers].sort((a, b) => a - b));
    expect(queue.size).toBe(0);
  });
});
