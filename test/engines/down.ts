import { readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ourDaemon } from './daemon.ts';
import { runTool } from './guest/run-tool.ts';
import { removeImages } from './images.ts';
import { alone } from './lock.ts';
import { checkPlace, PLACE } from './place.ts';
import { readPorts } from './ports.ts';
import { readRecord, writeRecord } from './record.ts';
import { reason, timed } from './report.ts';
import type { Step } from './step.ts';
import { STAGES } from './steps.ts';

/*
 * `npm run engines:down -- [--session NAME] [--purge]`: ends what `engines:up` started (in that session) with what runs in it, and nothing
 * else. Images and data stay for the next time, unless `--purge`.
 */
const { values } = parseArgs({ options: { session: { type: 'string' }, purge: { type: 'boolean', default: false } } });

try {
  checkPlace();
  process.exitCode = (await alone(bringDown)) ? 0 : 1;
} catch (error) {
  console.error(reason(error));
  process.exitCode = 1;
}

/** True when all of it ended. */
async function bringDown(): Promise<boolean> {
  const kept = readRecord();
  const { registry } = readPorts();
  if (values.purge && registry !== undefined) await removeImages(`127.0.0.1:${registry}`);
  let ok = true;
  for (const step of [...STAGES].reverse().flat()) {
    if (!isOurs(step)) continue;
    const trouble = await timed(step.name, async () => {
      await step.down();
      return `stopped ${step.daemons.join(', ')}`;
    });
    if (trouble === undefined)
      for (const name of step.gives) kept[name] = { missing: 'stopped by engines:down; npm run engines:up' };
    else ok = false;
  }
  writeRecord(kept);
  if (values.purge) ok = (await timed('purge', purge)) === undefined && ok;
  return ok;
}

function isOurs(step: Step): boolean {
  return step.daemons.some((name) => {
    const started = ourDaemon(name);
    return started !== undefined && (values.session === undefined || started.session === values.session);
  });
}

async function purge(): Promise<string> {
  const left = STAGES.flat().flatMap((step) => step.daemons.filter((name) => ourDaemon(name) !== undefined));
  if (left.length > 0) throw new Error(`${left.join(', ')} still run`);
  // Of containers whose engine was killed.
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[1] ?? []);
  for (const mount of mounts.filter((path) => path.startsWith(`${PLACE}/`)).reverse())
    await runTool('umount', ['-l', mount], '/', 10_000);
  rmSync(PLACE, { recursive: true, force: true });
  return `removed ${PLACE}`;
}
