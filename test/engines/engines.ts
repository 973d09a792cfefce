import { existsSync } from 'node:fs';
import { describe, test } from 'vitest';
import { accepts, answers } from './answer.ts';
import { enginesRequired } from './guest/needs.ts';
import { runTool } from './guest/run-tool.ts';
import { type EngineName, type Engines, type Kept, readRecord } from './record.ts';

export type { EngineName, Engines, Images } from './record.ts';

/** Milliseconds for a busy machine to answer. */
const PATIENCE = 10_000;

/** True when it really is there now: a record may be older than the last boot. */
const isUp: { [N in EngineName]: (engine: Engines[N]) => boolean | Promise<boolean> } = {
  docker: ({ socket }) => answers({ socket }, '/_ping', 200, PATIENCE),
  podman: ({ socket }) => answers({ socket }, '/_ping', 200, PATIENCE),
  lxc: ({ bridge, rootfs }) => existsSync(`/sys/class/net/${bridge}`) && existsSync(rootfs),
  registry: ({ host }) => answers({ host }, '/v2/', 200, PATIENCE),
  privateRegistry: ({ host }) => answers({ host }, '/v2/', 401, PATIENCE),
  ssh: ({ port }) => accepts(port, '127.0.0.1', PATIENCE),
  libvirt: ({ uri, network }) =>
    runTool('virsh', ['-q', '-c', uri, 'net-info', network], '/', PATIENCE, { LC_ALL: 'C' }).then(
      (said) => /^Active:\s+yes$/m.test(said),
      () => false,
    ),
  guest: ({ kernel, initrd, disk, uefiDisk }) => [kernel, initrd, disk, uefiDisk].every((file) => existsSync(file)),
  java: ({ home, ...paths }) =>
    [`${home}/bin/javac`, ...Object.values(paths).flatMap((path) => path.split(':'))].every((file) => existsSync(file)),
  prometheus: (programs) => Object.values(programs).every((file) => existsSync(file)),
};

const kept = readRecord();
const found: Kept = Object.fromEntries(
  await Promise.all((Object.keys(isUp) as EngineName[]).map(async (name) => [name, await look(name)])),
);

async function look<N extends EngineName>(name: N): Promise<{ up: Engines[N] } | { missing: string }> {
  const engine: { up: Engines[N] } | { missing: string } | undefined = kept[name];
  if (engine === undefined) return { missing: 'npm run engines:up has not been run' };
  if ('missing' in engine || (await isUp[name](engine.up))) return engine;
  return { missing: 'it was brought up once but does not answer now; npm run engines:up' };
}

/** The engines that are up, looked at when this module was loaded; each undefined where it is not, and `missing` says why. */
export function engines(): Partial<Engines> {
  const up = Object.entries(found).flatMap(([name, engine]) => ('up' in engine ? [[name, engine.up]] : []));
  return Object.fromEntries(up) as Partial<Engines>;
}

/** Why an engine is not there; undefined where it is. */
export function missing(name: EngineName): string | undefined {
  const engine = found[name];
  return engine !== undefined && 'missing' in engine ? engine.missing : undefined;
}

/**
 * A `describe` for tests that take these engines, which its body gets. Where one is missing the tests are skipped, and in CI or with
 * PJ_TEST_ENGINES=require one test fails in their place with the reason.
 */
export function needs<N extends EngineName>(
  ...names: N[]
): (title: string, body: (have: Pick<Engines, N>) => void) => void {
  const lacking = names.flatMap((name) => {
    const why = missing(name);
    return why === undefined ? [] : [`${name} is missing: ${why}`];
  });
  return (title, body) => {
    if (lacking.length === 0) return describe(title, () => body(engines() as Pick<Engines, N>));
    describe(title, () => {
      test.skipIf(!enginesRequired)(`with ${names.join(', ')}: ${lacking.join('; ')}`, () => {
        throw new Error(lacking.join('\n'));
      });
    });
  };
}
