import { PjError } from '../../../errors.ts';
import { identityOf } from '../../marks.ts';

type Labels = Readonly<Record<string, string>> | null | undefined;

/** Who made what has these labels, for people. */
export function ownerOf(labels: Labels): string {
  const pj = identityOf(labels);
  if (pj !== undefined) return `${pj.id} (generation ${pj.generation}) of the pj project ${pj.project}`;
  const compose = labels?.['com.docker.compose.project'] ?? labels?.['io.podman.compose.project'];
  if (compose !== undefined) return `the Compose project ${compose}`;
  return 'one that pj has not made';
}

/** The error for a name that somebody else's network or volume has. */
export function takenBy(of: { what: 'network' | 'volume'; name: string; id: string; owner: string }): PjError {
  const { what, name, id } = of;
  const advice = `Say \`external: true\` of ${id} to use that ${what} as it is, take it over with \`pj import ${id} ${name}\`, or choose another \`name\`.`;
  return new PjError('PJ5404', { ...of }, { advice });
}
