import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { runTool } from './guest/run-tool.ts';

const POLICY = '/usr/sbin/policy-rc.d';
const UNIT = /^\/(?:usr\/)?lib\/systemd\/system\/([^/@]+\.(?:service|socket|timer))$/;

/**
 * Installs the Debian packages that are missing; gives their names. None of their services is started, now or at the next boot. Throws
 * where that is not possible, with what to install by hand.
 */
export async function installPackages(wanted: readonly string[]): Promise<string[]> {
  const before = await installed();
  const missing = [...new Set(wanted)].filter((name) => !before.has(name)).sort();
  if (missing.length === 0) return [];
  try {
    await withoutServices(() => install(missing));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`${why}\ninstall by hand: apt-get install --no-install-recommends ${missing.join(' ')}`);
  }
  await disableServices([...(await installed())].filter((name) => !before.has(name)));
  return missing;
}

async function installed(): Promise<Set<string>> {
  const format = '${db:Status-Status} ${Package}\n';
  const lines = (await runTool('dpkg-query', ['-W', '-f', format], '/', 30_000)).split('\n');
  return new Set(lines.flatMap((line) => /^installed (.+)$/.exec(line)?.[1] ?? []));
}

/** Mirrors fail now and then, and package lists get old: three tries. */
async function install(names: readonly string[]): Promise<void> {
  const options = [
    'DPkg::Lock::Timeout=120',
    'DPkg::Use-Pty=0',
    'Dpkg::Options::=--force-unsafe-io',
    'Dpkg::Options::=--force-confold',
  ];
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  for (let attempt = 1; ; attempt++) {
    try {
      await runTool('apt-get', ['update', '-qq'], '/', 120_000, env);
      const args = ['install', '-y', '-qq', '--no-install-recommends', '--no-upgrade'];
      await runTool('apt-get', [...args, ...options.flatMap((option) => ['-o', option]), ...names], '/', 600_000, env);
      return;
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/** Debian starts a service with its package unless this file says no. */
async function withoutServices(work: () => Promise<void>): Promise<void> {
  if (existsSync(POLICY)) return work(); // Somebody has decided already.
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n');
  chmodSync(POLICY, 0o755);
  try {
    await work();
  } finally {
    rmSync(POLICY);
  }
}

/** The packages also link their services into the next boot, which nobody asked for. */
async function disableServices(packages: readonly string[]): Promise<void> {
  if (!existsSync('/usr/bin/systemctl')) return;
  const files = (await runTool('dpkg-query', ['-L', ...packages], '/', 30_000)).split('\n');
  const units = files.flatMap((file) => UNIT.exec(file)?.[1] ?? []);
  const linked = (await runTool('find', ['/etc/systemd/system', '-type', 'l', '-printf', '%f\\n'], '/', 30_000)).split(
    '\n',
  );
  const wanted = [...new Set(units)].filter((unit) => linked.includes(unit));
  if (wanted.length > 0) await runTool('systemctl', ['--quiet', '--no-reload', 'disable', ...wanted], '/', 60_000);
}
