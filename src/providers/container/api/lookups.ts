import type { JsonObject } from '../../../model/json.ts';
import type { Observed } from '../../../model/observed.ts';
import type { Identity, WorkloadRecord } from '../../../model/record.ts';
import type { CallContext, Found } from '../../contract.ts';
import { identityOf } from '../../marks.ts';
import type { Things } from '../runtime.ts';
import type { ApiEngine } from './connection/engine.ts';
import type { Recent } from './connection/recent.ts';

/** What looking for a network and for a volume have in common: one list of the engine serves every look. */
export function lookups<Seen extends { labels: Record<string, string> }>(of: {
  open(context: CallContext): Promise<ApiEngine>;
  all: Recent<Seen[]>;
  isFound(seen: Seen, identity: Identity, handle: JsonObject | null): boolean;
  foundOf(seen: Seen, engine: ApiEngine, handle?: JsonObject | null): Found;
  observedOf(record: WorkloadRecord, there: readonly Seen[], engine: ApiEngine): Observed;
}): Pick<Things, 'find' | 'list' | 'read'> {
  const { open, all, isFound, foundOf, observedOf } = of;
  return {
    async find(identity, context, handle) {
      const engine = await open(context);
      const seen = (await all.get(context)).find((one) => isFound(one, identity, handle ?? null));
      return seen === undefined ? undefined : foundOf(seen, engine, handle);
    },
    async list({ lineage }, context) {
      const engine = await open(context);
      return (await all.get(context)).flatMap((seen) => {
        const identity = identityOf(seen.labels);
        return identity?.lineage === lineage ? [{ identity, found: foundOf(seen, engine) }] : [];
      });
    },
    async read(records, context) {
      if (records.length === 0) return [];
      const engine = await open(context);
      const there = await all.get(context);
      return records.map((record) => observedOf(record, there, engine));
    },
  };
}
