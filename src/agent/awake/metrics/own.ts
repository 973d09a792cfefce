import { Counter, Gauge, type Metric, Registry } from 'prom-client';
import { OWN, type OwnSource } from './own-families.ts';
import { BOUNDS, type Spread } from './tally.ts';

/** pj's own families, in a registry of their own: the default one belongs to nobody. */
export function ownRegistry(source: OwnSource): Registry {
  const registry = new Registry();
  const registers = [registry];
  for (const { name, help, labels: labelNames, ...family } of OWN) {
    if (family.type === 'histogram') {
      registry.registerMetric(new Spreads(name, help, () => family.values(source)) as unknown as Metric);
      continue;
    }
    if (family.type === 'counter') {
      const metric: Counter = new Counter({
        ...{ name, help, labelNames, registers },
        collect() {
          metric.reset();
          for (const [labels, value] of family.values(source)) metric.inc(labels, value);
        },
      });
      continue;
    }
    const metric: Gauge = new Gauge({
      ...{ name, help, labelNames, registers },
      collect() {
        metric.remove();
        for (const [labels, value] of family.values(source)) metric.set(labels, value);
      },
    });
  }
  return registry;
}

/** A histogram that was counted elsewhere: prom-client's own cannot be taken up where another process left it. */
class Spreads {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  private readonly values: () => [Record<string, string>, Spread][];

  constructor(name: string, help: string, values: () => [Record<string, string>, Spread][]) {
    this.name = name;
    this.help = help;
    this.values = values;
  }

  async get(): Promise<object> {
    const values = this.values().flatMap(([labels, { count, sum, buckets }]) => {
      let below = 0;
      const of = (suffix: string, value: number, more: object = {}) => ({
        ...{ metricName: `${this.name}_${suffix}`, labels: { ...more, ...labels }, value },
      });
      return [
        ...BOUNDS.map((le, i) => {
          below += buckets[i] ?? 0;
          return of('bucket', below, { le });
        }),
        of('bucket', count, { le: '+Inf' }),
        of('sum', sum),
        of('count', count),
      ];
    });
    return { name: this.name, help: this.help, type: this.type, values };
  }
}
