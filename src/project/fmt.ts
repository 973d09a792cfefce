import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { formatText } from '../descriptors/fmt.ts';
import { writeFileAtomic } from '../os/atomic-file.ts';
import { loadDescriptors } from './load.ts';
import { projectDir } from './run.ts';

/**
 * Rewrites pj.yaml and every descriptor in one style, comments kept; gives the files (relative to the project) that were not in it.
 * `write` false changes nothing. Throws PJ1002 for the first file that can't be parsed; those before it are rewritten by then.
 */
export async function formatProject(dir: string, options: { write: boolean }): Promise<string[]> {
  const project = projectDir({ dir });
  const { sources } = await loadDescriptors(project, {});
  const changed: string[] = [];
  for (const path of [...sources.keys()].sort()) {
    const file = resolve(project, path);
    const text = readFileSync(file, 'utf8');
    const styled = await formatText(text, path);
    if (styled === text) continue;
    changed.push(path);
    if (options.write) writeFileAtomic(file, styled, { mode: statSync(file).mode & 0o777 });
  }
  return changed;
}
