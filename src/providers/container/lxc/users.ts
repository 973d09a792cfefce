import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identityOf } from '../../marks.ts';
import type { User } from '../api/users.ts';
import { parseConfig } from './container/config-text.ts';
import { type SeenContainer, seeContainers } from './container/seen-container.ts';
import type { Lxc } from './engine.ts';
import { filesOf } from './place.ts';

/** Every container, also one that does not run and one that pj has not made, whose configuration names a bridge or mounts from a folder. */
export function usersOf(lxc: Lxc, of: { bridge: string } | { folder: string }): User[] {
  return seeContainers(lxc)
    .filter((seen) => seen.whole && uses(seen, of))
    .map((seen) => {
      const lineage = identityOf(seen.marks?.labels)?.lineage;
      const state = seen.state === 'running' ? '' : ` (${seen.state})`;
      return { name: `${seen.name}${state}`, ...(lineage === undefined ? {} : { lineage }) };
    });
}

function uses({ dir }: SeenContainer, of: { bridge: string } | { folder: string }): boolean {
  const lines = parseConfig(readFileSync(filesOf(dir).config, 'utf8'));
  return lines.some(([key, value]) =>
    'bridge' in of
      ? /^lxc\.net\.\d+\.link$/.test(key) && value === of.bridge
      : key === 'lxc.mount.entry' && value.startsWith(join(of.folder, '/')),
  );
}
