import type { JsonObject } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import type { Made, Provider } from '../contract.ts';

/**
 * Things that pj does not run but others depend on. Nothing is made, so every action succeeds at once, and what was started
 * counts as running: whether it answers is its health check's business.
 */
export function externalProvider(): Provider {
  return {
    name: 'external',
    kind: 'external',
    capabilities: { pause: false, logs: false, exec: false, import: false, sideBySide: true },
    probe: async () => ({ usable: true, engine: 'external', version: '1', notes: [] }),
    check: async () => new Map(),
    classify: () => ({ updateClass: 'live', reason: 'nothing runs that would have to be stopped' }),
    // No engine keeps anything, so nothing can be found: the state alone knows.
    find: async () => undefined,
    list: async () => [],
    read: async (records) =>
      records.map((record) => ({
        id: record.id,
        status: statusOf(record),
        fields: {},
        attributes: record.attributes,
        handle: record.handle,
      })),
    create: async ({ spec }) => madeOf(spec),
    start: async ({ spec }) => madeOf(spec),
    update: async ({ spec }) => madeOf(spec),
    stop: async () => undefined,
    destroy: async () => undefined,
  };
}

/** There is nobody to ask: it is as it was left, and what was not switched off counts as running. */
function statusOf(record: WorkloadRecord): Observed['status'] {
  if (record.handle === null) return 'gone';
  return record.state === 'STOPPED' || record.state === 'DEPLOYED' ? 'stopped' : 'running';
}

/** What others may refer to: `address`, `ports.NAME`. */
function madeOf(spec: Spec): Made {
  const { address = '', ports } = spec.external ?? {};
  const attributes: JsonObject = { address, ...(ports === undefined ? {} : { ports: { ...ports } }) };
  return { handle: { address }, attributes };
}
