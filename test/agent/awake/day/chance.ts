/** Random numbers that a seed gives again. */
export class Chance {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** In [0, 1): mulberry32. */
  next = (): number => {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };

  between(least: number, most: number): number {
    return least + this.next() * (most - least);
  }

  /** True once in so many times. */
  once(times: number): boolean {
    return this.next() * times < 1;
  }

  of<T>(some: readonly T[]): T {
    const one = some[Math.floor(this.next() * some.length)];
    if (one === undefined) throw new Error('there is nothing to choose from');
    return one;
  }
}
