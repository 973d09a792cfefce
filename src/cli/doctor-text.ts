import { KINDS } from '../model/workload.ts';
import type { Diagnosis } from '../project/doctor.ts';
import { paintWith, type Screen } from '../views/paint.ts';
import { bytes } from '../views/quantity-text.ts';
import { safe } from '../views/text-safety.ts';

/** Kinds that are on the same engines as another one. */
const ON_THE_SAME: Record<string, readonly string[]> = { container: ['network', 'volume'] };

const nameOf = (provider: string): string => [provider, ...(ON_THE_SAME[provider] ?? [])].join(', ');

/** What `pj doctor` found, for people. */
export function doctorText(diagnosis: Diagnosis, screen: Screen): string {
  const paint = paintWith(screen.chalk);
  const { host } = diagnosis;
  const mark = (good: boolean) => (good ? paint.good('ok  ') : paint.error('no  '));
  const where = host.container === undefined ? '' : `, inside ${safe(host.container)}`;
  const lines = [
    paint.strong('Host'),
    `  ${host.cpus} cores, ${bytes(host.memory)}, Linux ${safe(host.kernel)}${where}, ${host.isRoot ? 'root' : 'no root'}`,
    `  limits: ${limits(host.cgroups)}`,
    '',
    paint.strong('Providers'),
  ];
  for (const one of diagnosis.providers) {
    if (one.usable) {
      lines.push(`  ${mark(true)}${nameOf(one.provider)}: ${safe(one.engine)} ${safe(one.version)}`.trimEnd());
      lines.push(...one.notes.map((note) => `      ${safe(note)}`));
    } else lines.push(`  ${mark(false)}${nameOf(one.provider)}: ${safe(one.reason)}`, `      ${safe(one.install)}`);
  }
  const known = new Set(diagnosis.providers.flatMap((one) => [one.provider, ...(ON_THE_SAME[one.provider] ?? [])]));
  const missing = KINDS.filter((kind) => !known.has(kind));
  if (missing.length > 0) lines.push(`  ${mark(false)}${missing.join(', ')}: not in this version of pj`);
  lines.push('', paint.strong('Project'));
  lines.push(`  ${mark(diagnosis.state.ok)}state: ${safe(diagnosis.state.message)}`);
  lines.push(`  ${mark(diagnosis.descriptors.ok)}descriptors: ${safe(diagnosis.descriptors.message)}`);
  if (!diagnosis.descriptors.ok) lines.push('      `pj validate` shows them');
  return lines.join('\n');
}

function limits(cgroups: Diagnosis['host']['cgroups']): string {
  const held = [...cgroups.controllers].sort().join(', ');
  const reason = cgroups.reason === undefined ? '' : ` (${safe(cgroups.reason)})`;
  if (held === '') return `none can be held by the kernel${reason}`;
  return `${held} are held by the kernel, cgroups ${cgroups.version}${reason}`;
}

/** The same for programs: plain JSON. */
export function doctorJson(diagnosis: Diagnosis): object {
  const { cgroups, ...host } = diagnosis.host;
  const { version, writable, controllers, reason } = cgroups;
  return {
    format_version: '1.0',
    ...diagnosis,
    host: { ...host, cgroups: { version, writable, controllers: [...controllers].sort(), reason } },
  };
}
