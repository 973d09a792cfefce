import type { AgentConfig } from '../model/awake.ts';
import { resolveSource } from '../values/resolve-secret.ts';
import type { GivenHeaders } from './settings.ts';

/** Asks the sources of `agent.telemetry.headers` for their values, all at once. Those values are for the exporters alone. Never throws. */
export async function givenHeaders(
  config: AgentConfig['telemetry'],
  context: Parameters<typeof resolveSource>[1],
): Promise<GivenHeaders> {
  const given: GivenHeaders = { values: {}, missing: {} };
  await Promise.all(
    Object.entries(config?.headers ?? {}).map(async ([name, source]) => {
      const got = typeof source === 'string' ? { value: source } : await resolveSource(source, context);
      if ('reason' in got) given.missing[name] = got.reason;
      else if (/[^\t\x20-\x7e\x80-\xff]/.test(got.value))
        given.missing[name] = 'its value is none that a header can have';
      else given.values[name] = got.value;
    }),
  );
  return given;
}
