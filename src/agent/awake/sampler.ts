import type { Sample } from '../../model/awake.ts';
import type { Usage } from '../../providers/contract.ts';
import type { Awake, Watched } from './contract.ts';

/** Longest that an engine may take for a sample. ms */
const LONGEST = 5_000;

/** Reads what all workloads use. */
export class Sampler {
  latest: ReadonlyMap<string, Sample> = new Map();
  private readonly awake: Awake;

  constructor(awake: Awake) {
    this.awake = awake;
  }

  async tick(): Promise<void> {
    const at = this.awake.now().toISOString();
    const byProvider = new Map<string, Watched[]>();
    for (const one of this.awake.watched.values()) {
      const known = byProvider.get(one.record.provider);
      if (known === undefined) byProvider.set(one.record.provider, [one]);
      else known.push(one);
    }
    const all = await Promise.all([...byProvider].map(([name, watched]) => this.ask(name, watched)));
    this.latest = new Map(all.flat().map(({ id, ...usage }) => [id, { at, ...usage }]));
  }

  private async ask(name: string, watched: Watched[]): Promise<Usage[]> {
    const provider = await this.awake.provider(name);
    const context = { signal: AbortSignal.timeout(LONGEST), progress: () => undefined };
    return (
      (await provider.sample?.(
        watched.map(({ record }) => record),
        context,
      )) ?? []
    );
  }
}
