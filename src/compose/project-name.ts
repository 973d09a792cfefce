import { basename } from 'node:path';
import type { Environment } from './environment.ts';
import { type Table, textOf } from './tree.ts';

/** The project's name as Compose finds it: COMPOSE_PROJECT_NAME, `name`, else that of the folder, in its letters. */
export function projectName(top: Table | undefined, environment: Environment, folder: string): string {
  const written = top?.entries.get('name')?.value;
  const own = written?.type === 'scalar' ? textOf(written) : '';
  const name =
    [environment('COMPOSE_PROJECT_NAME')?.value ?? '', own, basename(folder).toLowerCase()].find((one) => one !== '') ??
    '';
  return (
    name
      .replace(/[^A-Za-z0-9._-]/g, '')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 63) || 'project'
  );
}
