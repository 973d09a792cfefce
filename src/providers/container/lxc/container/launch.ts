import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import { rotate } from '../../../../logs/rotate.ts';
import type { Spec } from '../../../../model/spec.ts';
import { writeFileAtomic } from '../../../../os/atomic-file.ts';
import { crashPoint } from '../../../../os/crash-point.ts';
import { readKernelFile } from '../../../../os/kernel-file.ts';
import type { CallContext } from '../../../contract.ts';
import { complaint, type Doing, type Lxc, toolEnv } from '../engine.ts';
import { filesOf } from '../place.ts';
import { configText } from './config-text.ts';
import { groupOf, removeStale } from './groups.ts';
import { inMemory } from './memory-file.ts';
import { argvOf, envLines, inherited, programProblem } from './program.ts';
import { programAmong, type RunFile, runningIn } from './running.ts';
import { isSystem } from './security.ts';
import type { SeenContainer } from './seen-container.ts';

/**
 * Waits for the container in pj's place, which may end before it, and keeps the exit code. The configuration is descriptor 3, which LXC opens
 * through this shell, so that the container does not inherit it.
 */
const WAITER = `exit=$1 tool=$2; shift 2
(exec "$tool" -f "/proc/$$/fd/3" "$@" 3<&-)
echo $? > "$exit.new" && mv "$exit.new" "$exit"`;

/** Bytes, as for native processes. */
const MAX_LOG = 10 << 20;

/** Milliseconds for LXC to get a container going. */
const PATIENCE = 60_000;

/** Starts a container of pj's; ends when its program runs, or has run to its end already. Throws PJ5407. */
export async function launch(
  lxc: Lxc,
  { name, dir }: SeenContainer,
  spec: Spec,
  doing: Doing,
  context: CallContext,
): Promise<RunFile | undefined> {
  const files = filesOf(dir);
  const problem = programProblem(spec, files.rootfs);
  if (problem !== undefined) throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason: problem });
  mkdirSync(files.own, { recursive: true, mode: 0o711 });
  // Before it runs: else a kill would leave what then ends by itself as stopped.
  for (const old of [files.exit, files.waiter, files.run, files.log, files.stopped]) rmSync(old, { force: true });
  const group = groupOf(lxc.host, name);
  removeStale(lxc.host, name);
  await spawnWaiter(lxc, name, dir, spec);
  crashPoint('lxc-starting');
  const system = isSystem(spec);
  const end = performance.now() + PATIENCE;
  for (let wait = 2; performance.now() < end; wait = Math.min(wait * 1.5, 50)) {
    await delay(wait, undefined, { signal: context.signal }).catch(() => undefined);
    context.signal.throwIfAborted();
    const run = runningIn(lxc.place.containers)(name) ? programAmong(group.pids(), system) : undefined;
    if (run !== undefined) {
      writeFileAtomic(files.run, `${JSON.stringify(run)}\n`, { fsync: false });
      return run;
    }
    if (readKernelFile(files.exit) === undefined) continue;
    const complaints = readKernelFile(files.log) ?? '';
    if (complaints.trim() === '') return undefined;
    throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason: complaint(complaints) });
  }
  throw new PjError('PJ5407', { engine: lxc.label, ...doing, reason: `it does not run after ${PATIENCE / 1000} s` });
}

async function spawnWaiter(lxc: Lxc, name: string, dir: string, spec: Spec): Promise<void> {
  const files = filesOf(dir);
  const common = ['-P', lxc.place.containers, '-n', name, '-q', '-l', 'ERROR', '-o', files.log];
  const argv = isSystem(spec)
    ? ['lxc-start', ...common, '-F', '-s', `lxc.console.logfile=${files.stdout}`]
    : ['lxc-execute', ...common, '--', ...argvOf(spec)];
  const { maxSize = MAX_LOG, maxFiles = 5 } = spec.container?.logging ?? {};
  for (const path of [files.stdout, files.stderr]) await rotate({ path, maxSize, maxFiles });
  const conf = inMemory(readFileSync(files.config, 'utf8') + configText(envLines(spec)));
  const out = openSync(files.stdout, 'a', 0o600);
  const err = openSync(files.stderr, 'a', 0o600);
  try {
    const waiter = spawn('/bin/sh', ['-c', WAITER, 'pj-lxc', files.exit, ...argv], {
      cwd: '/',
      detached: true,
      env: { ...toolEnv(), ...inherited(spec) },
      stdio: ['ignore', out, err, conf],
    });
    if (waiter.pid !== undefined) writeFileSync(files.waiter, `${waiter.pid}\n`);
    await new Promise<void>((resolve, reject) => {
      waiter.once('spawn', resolve).once('error', reject);
    });
    waiter.unref();
  } finally {
    for (const fd of [conf, out, err]) closeSync(fd);
  }
}
