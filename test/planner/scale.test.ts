import { describe, expect, it } from 'vitest';
import { planOf, recorded, seen, workload } from './scene.ts';

const id = (n: number): string => `w${String(n).padStart(5, '0')}`;

describe('five thousand workloads', () => {
  const chain = Array.from({ length: 5000 }, (_, n) => workload(id(n), n === 0 ? {} : { dependencies: [id(n - 1)] }));

  it('in one chain are planned, restarted and destroyed without running out of stack', () => {
    const records = chain.map((one) => recorded(one));
    const observed = chain.map((one) => seen(one.id, 'running'));
    expect(planOf({ desired: chain }).waves).toHaveLength(5001);
    expect(planOf({ desired: chain, records, observed }).steps).toEqual([]);
    const gone = planOf({ records, observed, options: { mode: 'destroy' } });
    expect(gone.steps).toHaveLength(10_000);
    expect(gone.steps[0]?.id).toBe(`stop ${id(4999)}`);
  });

  it('grow the time about as much as their number, not its square', () => {
    const layers = (count: number) =>
      Array.from({ length: count }, (_, n) =>
        workload(
          id(n),
          n < 100
            ? {}
            : {
                dependencies: [id(n - 100), id(Math.floor(n / 100) * 100 - 1)].filter(
                  (one, i, all) => all.indexOf(one) === i,
                ),
              },
        ),
      );
    const cost = (count: number): number => {
      const desired = layers(count);
      const begun = process.cpuUsage();
      planOf({ desired });
      const { user, system } = process.cpuUsage(begun);
      return user + system;
    };
    cost(1000);
    expect(cost(8000)).toBeLessThan(40 * Math.max(cost(1000), 5000));
  });
});
