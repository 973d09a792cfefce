import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../../../agent/ground.ts';
import { runTool } from '../../../engines/guest/run-tool.ts';
import type { Engines } from '../../../engines/record.ts';

/** A folder of LXC's own for one test file, and what to do with what is left in it. */
export interface LxcGround {
  /** LXC's path. */
  path: string;
  env: Record<string, string>;
  /** Whatever lies there: containers, claims, networks, volumes. */
  leftovers(): string[];
  clear(): Promise<void>;
}

/** Everything lies below the engine's own folder, in one of this file alone. */
export function lxcGround(engine: Engines['lxc']): LxcGround {
  const base = mkdtempSync(join(engine.path, '..', 'test-'));
  // The users of a container with a user namespace are to come through.
  chmodSync(base, 0o711);
  const path = join(base, 'containers');
  const names = (folder: string): string[] => {
    try {
      return readdirSync(join(base, folder));
    } catch {
      return [];
    }
  };
  return {
    path,
    env: { PJ_LXC_PATH: path },
    leftovers: () => [
      ...names('containers'),
      ...names('pj-networks').flatMap((name) => names(`pj-networks/${name}/addresses`)),
      ...names('pj-networks').filter((name) => !name.startsWith('@')),
      ...names('pj-volumes'),
    ],
    async clear() {
      for (const name of names('containers'))
        await runTool('lxc-stop', ['-P', path, '-n', name, '-k'], '/', 30_000).catch(() => undefined);
      for (const name of names('pj-networks')) {
        const { bridge } = bridgeOf(join(base, 'pj-networks', name));
        if (bridge === undefined) continue;
        await runTool('ip', ['link', 'del', 'dev', bridge], '/', 30_000).catch(() => undefined);
        await removeRules(bridge);
      }
      // Whoever waits for one of them may be writing its exit code.
      await eventually('all is removed', () => {
        try {
          rmSync(base, { recursive: true, force: true });
          return true;
        } catch {
          return undefined;
        }
      });
    },
  };
}

/** Takes away what stands in the packet rules for a bridge. */
async function removeRules(bridge: string): Promise<void> {
  for (const table of ['filter', 'mangle', 'nat']) {
    const rules = (await runTool('iptables', ['-w', '-t', table, '-S'], '/', 30_000)).split('\n');
    for (const rule of rules.filter((one) => one.includes(`"pj network ${bridge}"`))) {
      const words = rule.match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [];
      await runTool('iptables', ['-w', '-t', table, '-D', ...words.slice(1)], '/', 30_000).catch(() => undefined);
    }
  }
}

/** The bridge that is recorded in a network's folder. */
function bridgeOf(folder: string): { bridge?: string } {
  try {
    const file: unknown = JSON.parse(readFileSync(join(folder, 'network.json'), 'utf8'));
    return (file as { facts: { bridge?: string } }).facts;
  } catch {
    return {};
  }
}
