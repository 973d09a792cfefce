import { isBelow, type Json, type JsonObject } from '../../model/json.ts';
import type { Observed } from '../../model/observed.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import { leavesOf, partsOf, sensitiveSources } from '../../model/template.ts';
import type { Finding, Made, Provider, Target } from '../contract.ts';

/**
 * Things that pj does not run but others depend on. Nothing is made, so every action succeeds at once, and what was started
 * counts as running: whether it answers is its health check's business.
 */
export function externalProvider(): Provider {
  return {
    name: 'external',
    kind: 'external',
    capabilities: { pause: false, logs: false, exec: false, import: false, sideBySide: true },
    probe: async () => ({ usable: true, engine: 'what others run, nothing needed here', version: '', notes: [] }),
    check: async (workloads) =>
      new Map(workloads.flatMap(({ id, spec }) => (isSecret(spec) ? [[id, [NOT_TOLD]] as const] : []))),
    classify: () => ({ updateClass: 'live', reason: 'nothing runs that would have to be stopped' }),
    // Whatever the step, only a changed descriptor changes what it tells.
    keeps: (attribute, _through, paths) => {
      const path = `/external/${attribute.replaceAll('.', '/')}`;
      return !paths.some((changed) => isBelow(changed, path) || isBelow(path, changed));
    },
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
    create: async (target) => madeOf(target),
    start: async (target) => madeOf(target),
    update: async (target) => madeOf(target),
    stop: async () => undefined,
    destroy: async () => undefined,
  };
}

/** There is nobody to ask: it is as it was left, and what was not switched off counts as running. */
function statusOf(record: WorkloadRecord): Observed['status'] {
  if (record.handle === null) return 'gone';
  return record.state === 'STOPPED' || record.state === 'DEPLOYED' ? 'stopped' : 'running';
}

const NOT_TOLD: Finding = {
  severity: 'warning',
  path: '/external',
  message: 'its address or a port is sensitive, so no other workload can refer to it',
  hint: 'Use a variable that is not sensitive, or give the others the same secret.',
};

const isSecret = (spec: Spec): boolean =>
  leavesOf(spec.external as Json).some((leaf) => sensitiveSources(partsOf(leaf)).length > 0);

/** What others may refer to: `address`, `ports.NAME`. Goes into the state, so what is sensitive stays out of it. */
function madeOf({ spec, stored = spec }: Target): Made {
  const { address, ports = {} } = stored.external ?? {};
  const told = Object.entries(ports).filter(([, port]) => typeof port === 'number');
  const attributes: JsonObject = {
    ...(typeof address === 'string' ? { address } : {}),
    ...(told.length > 0 ? { ports: Object.fromEntries(told) } : {}),
  };
  return { handle: typeof address === 'string' ? { address } : {}, attributes };
}
