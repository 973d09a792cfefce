import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GuestRun } from '../engines/guest/boot.ts';
import type { GuestFiles } from '../engines/guest/image.ts';
import { enginesRequired, guestMissing } from '../engines/guest/needs.ts';
import { runInGuest } from '../engines/guest/run.ts';
import { runTool } from '../engines/guest/run-tool.ts';
import { allChecks } from './v2-guest/all.ts';
import type { Outcome } from './v2-guest/check.ts';

/*
 * Few machines that run tests let cgroup v2 controllers be used: containers and hybrid hosts do not. So a small virtual machine is booted whose
 * kernel has nothing else, and everything is tried in there: pj's own code for cgroups, then pj as it is delivered, with its agent.
 */
const root = resolve(import.meta.dirname, '../..');
const missing = guestMissing();

describe.skipIf(missing !== undefined && !enginesRequired)('on a kernel with cgroup v2', () => {
  let run: GuestRun | undefined;
  let failure: unknown;
  const outcomes = new Map<string, Outcome>();

  // What goes wrong here is told by every test: a hook that fails would leave them out.
  beforeAll(async () => {
    try {
      if (missing !== undefined) throw new Error(`no guest can be run, and CI asks for it: ${missing}`);
      run = await runInGuest('/guest/checks.cjs', bundles, { memoryMiB: 768, deadlineMs: 240_000 });
      for (const line of run.report) {
        if (!line.endsWith('}')) continue; // The guest was ended in the middle of it.
        const outcome = JSON.parse(line) as Outcome;
        outcomes.set(outcome.name, outcome);
      }
    } catch (error) {
      failure = error;
    }
  }, 480_000);

  it.each(allChecks.map(({ name }) => name))('%s', (name) => {
    if (failure !== undefined) throw failure;
    const outcome = outcomes.get(name);
    if (outcome === undefined || outcome.error !== undefined) {
      const what = outcome?.error ?? `it was not run: ${run?.trouble ?? 'the guest ended before'}`;
      expect.fail(`${what}\n\nthe guest's serial line:\n${run?.console}`);
    }
  });

  it('runs every check and switches itself off', () => {
    if (failure !== undefined) throw failure;
    expect(run, run?.console).toMatchObject({ exitCode: 0, trouble: undefined });
    expect([...outcomes.keys()]).toEqual(allChecks.map(({ name }) => name));
  });
});

/** The checks as one file, and pj as `npm run build` makes it, built anew: dist/ may be older than the sources. */
async function bundles(dir: string): Promise<GuestFiles> {
  const [checks, dist] = [join(dir, 'checks.cjs'), join(dir, 'dist')];
  await Promise.all([
    build({
      entryPoints: [join(import.meta.dirname, 'v2-guest/main.ts')],
      outfile: checks,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      target: 'node20.19',
      logLevel: 'error',
    }),
    runTool(
      process.execPath,
      [join(root, 'node_modules/tsx/dist/cli.mjs'), join(root, 'scripts/build.ts'), '--out', dist, '--no-types'],
      root,
      90_000,
    ),
  ]);
  return {
    '/guest/checks.cjs': checks,
    '/pj/dist': dist,
    '/pj/bin': join(root, 'bin'),
    '/pj/package.json': join(root, 'package.json'),
  };
}
