import { DOCUMENT } from './document-families.ts';
import { counter, type Family, fixed, otel, series } from './family.ts';
import { tagLabels } from './labels.ts';
import type { Tally } from './tally.ts';
import { UNIFORM } from './uniform-families.ts';

const info: Family = fixed({
  name: 'pj_workload_info',
  type: 'gauge',
  help: 'Always 1: its provider, its version and its tags (`tag_NAME`) are labels.',
  group: 'workload',
  otel: otel('info', '1'),
  of({ record: { provider, spec } }) {
    const version = typeof spec.version === 'string' ? spec.version : '';
    return [series({ provider, version, ...tagLabels(spec.tags ?? {}) }, 1)];
  },
});

/** All families of workloads, those among them that count events. Every way out has them from here. */
export function families(tally: Tally): Family[] {
  const counted = (of: 'violations' | 'actions', unit: string, help: string): Family => ({
    since: ({ record }) => tally.quotas[record.id]?.since,
    ...counter(`quota_${of}`, otel(`quota.${of}`, unit), help, ({ record }) =>
      Object.entries(tally.quotas[record.id]?.[of] ?? {}).map(([key, value]) => {
        const [resource = '', action = ''] = key.split(' ');
        return series({ resource, action }, value);
      }),
    ),
  });
  return [
    info,
    ...UNIFORM,
    ...DOCUMENT,
    counted('violations', '{violation}', 'Times that it broke a quota.'),
    counted('actions', '{action}', 'Times that the agent acted upon a broken quota.'),
  ];
}
