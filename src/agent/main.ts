import { existsSync, realpathSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { openActivity } from '../activity/log.ts';
import { detectCgroups } from '../os/cgroup.ts';
import { selfIdentity } from '../os/identity.ts';
import { findTools, type Tools } from '../os/sandbox.ts';
import { readDigestKey } from '../values/digest-key.ts';
import { removeAddress, writeAddress } from './address.ts';
import { Watch } from './awake/awake.ts';
import { specOf } from './awake/health/known-spec.ts';
import { careOf } from './awake/monitor/in-care.ts';
import type { AgentInfo } from './calls.ts';
import { closeInherited } from './inherited.ts';
import { recover } from './recover.ts';
import { openRegistry } from './registry.ts';
import { makeRuntimeDir, placeOf, removeRuntimeDir, runtimeDir } from './runtime-dir.ts';
import { AgentServer } from './server.ts';
import { acquireSingle } from './single.ts';
import { Supervisor } from './supervisor.ts';
import { watch } from './watch.ts';
import { PROTOCOL } from './wire.ts';
import { until, type World } from './world.ts';

/** The version of pj, which the build puts in. */
declare const PJ_VERSION: string | undefined;

/** Another agent of this project runs: sysexits' EX_TEMPFAIL. */
export const EXIT_TAKEN = 75;

/** How long calls under way may take when the agent ends. ms */
const DRAIN = 8_000;
/** How long all of its end may take. ms */
const END_DEADLINE = 14_000;

/** How often it looks whether its own files are still there. ms */
const SELF_CHECK = 1_000;

let unlogged = 0;

/** A full disk (or a reader that has gone) must not end the agent: lines are counted then, and told of later. */
const log = (text: string) => {
  const time = new Date().toISOString();
  try {
    if (unlogged > 0) writeSync(1, `${time} ${unlogged} lines could not be written\n`);
    unlogged = 0;
    writeSync(1, `${time} ${text}\n`);
  } catch {
    unlogged += 1;
  }
};

/** The agent's whole life. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      project: { type: 'string' },
      /** Seconds without anything to watch after which it ends; 0 is never. */
      idle: { type: 'string', default: '30' },
      'pj-version': { type: 'string', default: typeof PJ_VERSION === 'string' ? PJ_VERSION : '' },
      /** The program that is run to act on workloads: bin/pj.js. */
      pj: { type: 'string', default: join(import.meta.dirname, '../bin/pj.js') },
    },
  });
  if (values.project === undefined) throw new Error('usage: agent --project DIR [--idle SECONDS]');
  const idleMs = Number(values.idle) * 1000;
  if (!(idleMs >= 0)) throw new Error(`--idle ${values.idle} is not a number of seconds`);
  const project = realpathSync(values.project);
  // What a workload gets that names none: the same whoever started the agent first.
  process.umask(0o022);
  closeInherited();
  const uid = process.geteuid?.() ?? 0;
  const me = selfIdentity();
  const registry = openRegistry(project);
  const lock = await acquireSingle(registry.dir, me);
  if (lock === undefined) {
    log('another agent of this project runs already');
    process.exitCode = EXIT_TAKEN;
    return;
  }
  let tools: Tools | undefined;
  const place = runtimeDir(project, process.env, uid);
  // Before anything is started: without a socket it is of no use.
  makeRuntimeDir(place.dir, uid);
  const activity = openActivity(project, () => new Date());
  const world: World = {
    project,
    place: placeOf(project),
    registry,
    cgroups: detectCgroups(),
    // Looked up once a minute at most: somebody may install one meanwhile.
    tools: () => {
      if (tools === undefined) {
        tools = findTools();
        setTimeout(() => (tools = undefined), 60_000).unref();
      }
      return tools;
    },
    // Not the environment's: the agent has none of whoever applied.
    key: () =>
      readDigestKey(project, {}).catch((error: unknown) => {
        log(String(error));
        return undefined;
      }),
    now: () => new Date(),
    random: Math.random,
    log,
    tell: (event) => activity.tell(event),
  };
  const supervisor = new Supervisor(world);
  // Who brings everything up in order goes by the state, and is a pj of its own.
  const recorded = ['state.json', 'journal.ndjson'].some((name) => existsSync(join(project, '.pj', name)));
  await recover(supervisor, { orderly: recorded && existsSync(values.pj) });
  const startedAt = new Date().toISOString();
  const info = (): AgentInfo => ({
    protocol: PROTOCOL,
    version: values['pj-version'],
    pid: process.pid,
    project,
    startedAt,
    active: supervisor.active(),
  });
  const timers = watch(supervisor);
  const awake = new Watch({
    ...{ project, pjVersion: values['pj-version'], pjEntry: values.pj, env: process.env, log },
    careOf: careOf(supervisor),
    specOf: specOf(supervisor),
    activity,
  });
  let ending = false;
  const end = async (why: string, handOver = false) => {
    if (ending) return;
    ending = true;
    const left = supervisor.active();
    log(`ends: ${why}${left.length === 0 ? '' : `; ${left.length} workloads run on: ${left.join(', ')}`}`);
    removeAddress(project);
    rmSync(place.socket, { force: true });
    // Whoever waits for it to go does not wait longer; what runs runs on anyway.
    setTimeout(() => {
      log('ends though not all of it would end');
      lock.release();
      process.exit(0);
    }, END_DEADLINE);
    await until(() => server.busy === 0, DRAIN);
    timers.stop();
    await awake.end(handOver);
    const message = `the agent ends: ${why}${left.length === 0 ? '' : `; ${left.length} workloads run on unwatched`}`;
    awake.activity.tell({ type: 'agent_ended', severity: left.length === 0 ? 'info' : 'warning', message });
    await server.close();
    removeRuntimeDir(place.dir);
    registry.sweep();
    supervisor.recallReleased();
    lock.release();
    registry.tidy();
    process.exit(0);
  };
  const server = new AgentServer({
    supervisor,
    awake,
    info,
    // Once the answer is out.
    end: (handOver) => void setImmediate(() => void end(handOver ? 'another takes its place' : 'asked to', handOver)),
  });
  await server.listen(place.socket);
  writeAddress(project, { identity: me, uid, socket: place.socket });
  await awake.begin();
  log(`listens, pid ${process.pid}, version ${values['pj-version'] || 'unknown'}`);
  const watched = supervisor.active().length;
  awake.activity.tell({
    type: 'agent_started',
    severity: 'info',
    message: `the agent runs, pid ${process.pid}${watched === 0 ? '' : `; it took back ${watched} workloads`}`,
    data: { pid: process.pid, version: values['pj-version'], workloads: watched },
  });
  let checking = false;
  const checkSelf = async () => {
    if (ending || checking) return;
    if (!lock.held()) {
      // Nothing may be written any more, least of all in a folder that is not there: what is left finds itself as after a kill.
      log('ends: its folder was moved or removed; workloads run on');
      if (server.isReachable(place.socket)) rmSync(place.socket, { force: true });
      removeRuntimeDir(place.dir);
      process.exit(EXIT_TAKEN);
    }
    if (server.isReachable(place.socket)) return;
    checking = true;
    try {
      makeRuntimeDir(place.dir, uid);
      await server.listen(place.socket);
      log('listens again: its socket was removed');
    } catch (error) {
      log(`cannot listen: ${String(error)}`);
    } finally {
      checking = false;
    }
  };
  setInterval(() => void checkSelf(), SELF_CHECK).unref();
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end(signal));
  if (idleMs > 0) {
    const look = () => {
      const idle = !awake.needed && supervisor.active().length === 0 && server.busy === 0 && server.connections === 0;
      if (!idle) server.lastCall = Math.max(server.lastCall, performance.now());
      else if (performance.now() - server.lastCall >= idleMs) void end('nothing to watch');
    };
    setInterval(look, Math.min(1_000, idleMs / 4)).unref();
  }
}

// A part that forgot to catch must not take what it watches down with it.
process.on('unhandledRejection', (error) =>
  log(`not caught: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
);

main().catch((error: unknown) => {
  log(`cannot go on: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  process.exit(1);
});
