import { parseArgs } from 'node:util';
import { ourDaemon } from './daemon.ts';
import { alone } from './lock.ts';
import { installPackages } from './packages.ts';
import { checkPlace, PLACE } from './place.ts';
import { choosePorts } from './ports.ts';
import { type EngineName, type Kept, readRecord, writeRecord } from './record.ts';
import { reason, timed } from './report.ts';
import type { Run, Step } from './step.ts';
import { choose, STAGES } from './steps.ts';

/*
 * `npm run engines:up -- [--session NAME] [docker podman lxc registry private-registry ssh libvirt guest java prometheus]`: brings real engines up on Debian, all or these,
 * each unless it is up. What is started here is marked with the session, for `engines:down`.
 */
const { values, positionals } = parseArgs({
  options: { session: { type: 'string', default: '' } },
  allowPositionals: true,
});
process.umask(0o022);

try {
  checkPlace();
  if (process.getuid?.() !== 0)
    throw new Error('engines want root: run this as root, best on a machine that is for tests');
  const steps = choose(positionals);
  process.exitCode = (await alone(() => bringUp(steps, values.session))) ? 0 : 1;
} catch (error) {
  console.error(reason(error));
  process.exitCode = 1;
}

/** True when all came up. */
async function bringUp(steps: Set<Step>, session: string): Promise<boolean> {
  const kept = readRecord();
  const packages = [...steps].flatMap((step) => step.packages);
  const installed = await timed('packages', async () => (await installPackages(packages)).join(' ') || 'all there');
  const run: Run = { session, ports: await choosePorts() };
  const failed = new Set<string>();
  const told = new Set<EngineName>();
  for (const stage of STAGES) {
    const due = stage.filter((step) => steps.has(step));
    await Promise.all(
      due.map(async (step) => {
        const trouble = installed ?? lacking(step, failed) ?? (await bring(step, run, kept));
        if (trouble === undefined) return;
        failed.add(step.name);
        // The first reason is the best.
        // The first reason is the best.
        for (const name of step.gives) if (!told.has(name)) kept[name] = { missing: trouble };
        for (const name of step.gives) told.add(name);
      }),
    );
  }
  writeRecord(kept);
  console.log(`state in ${PLACE}; for shells: . ${PLACE}/env`);
  return failed.size === 0;
}

/** What went wrong, if anything did. */
function bring(step: Step, run: Run, kept: Kept): Promise<string | undefined> {
  return timed(step.name, async () => {
    const before = step.daemons.map((name) => ourDaemon(name)?.identity.pid);
    const given = await step.up(run);
    for (const [name, up] of Object.entries(given)) Object.assign(kept, { [name]: { up } });
    const started = step.daemons.filter((name, at) => ourDaemon(name)?.identity.pid !== before[at]);
    return started.length > 0 ? `started ${started.join(', ')}` : step.daemons.length > 0 ? 'was up' : '';
  });
}

function lacking(step: Step, failed: Set<string>): string | undefined {
  const lack = step.needs.filter((name) => failed.has(name));
  if (lack.length === 0) return undefined;
  return `it needs ${lack.join(' and ')}, which failed`;
}
