import type { Sample } from '../model/awake.ts';
import type { TopWorkload } from '../model/top.ts';

/** Counters of which a rate is shown, and its name. */
const RATES = {
  networkReceived: 'networkReceivedRate',
  networkSent: 'networkSentRate',
  diskRead: 'diskReadRate',
  diskWritten: 'diskWrittenRate',
} as const;

type Rates = Pick<TopWorkload, 'cpu' | (typeof RATES)[keyof typeof RATES]>;

/** Turns counters into rates, from one sample of a workload to its next. */
export class RateMeter {
  private readonly before = new Map<string, { sample: Sample; rates: Rates }>();

  /** A counter that went back (another process counts) gives no rate this time; a sample seen before gives the rates that it gave. */
  rates(id: string, sample: Sample): Rates {
    const last = this.before.get(id);
    if (last?.sample.at === sample.at) return last.rates;
    const rates: Rates = sample.cpu === undefined ? {} : { cpu: sample.cpu };
    const seconds = last === undefined ? 0 : (Date.parse(sample.at) - Date.parse(last.sample.at)) / 1000;
    const since = (name: keyof Sample): number | undefined => {
      const [now, then] = [sample[name], last?.sample[name]];
      return typeof now === 'number' && typeof then === 'number' && now >= then && seconds > 0
        ? (now - then) / seconds
        : undefined;
    };
    for (const [counter, rate] of Object.entries(RATES) as [keyof typeof RATES, (typeof RATES)[keyof typeof RATES]][]) {
      const value = since(counter);
      if (value !== undefined) rates[rate] = value;
    }
    const cpu = rates.cpu ?? since('cpuSeconds');
    if (cpu !== undefined) rates.cpu = cpu;
    this.before.set(id, { sample, rates });
    return rates;
  }

  /** Forgets those that are not there any more. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.before.keys()) if (!ids.has(id)) this.before.delete(id);
  }
}
