import { randomUUID } from 'node:crypto';
import { PjError } from '../errors.ts';
import { identify, isAlive, type ProcessIdentity } from '../os/identity.ts';
import { MARKER, readEnvironVariable } from '../os/process.ts';
import type { WorkloadCall } from './calls.ts';
import { keyOf, parseMark } from './entry.ts';
import { mayLive } from './halt.ts';
import { moveIn } from './move-in.ts';
import { binaryOf } from './sighting.ts';
import { enter, type Managed, type World } from './world.ts';

/** The process that is to become an instance, if it may. Throws PJ5305. */
export function mayTake(call: WorkloadCall & { pid: number }, others: Iterable<Managed>): ProcessIdentity {
  const { pid, identity } = call;
  const refuse = (reason: string): never => {
    throw new PjError('PJ5305', { pid, id: identity.id, reason });
  };
  if (pid === process.pid || pid === 1) refuse('pj cannot run this one');
  const target = identify(pid) ?? refuse('there is no such process');
  for (const { entry } of others) {
    if (entry.process === null || entry.process.pid !== pid || !isAlive(entry.process)) continue;
    if (keyOf(entry.identity) !== keyOf(identity)) refuse(`it is ${entry.identity.id} already`);
  }
  // Its own left-over, whose entry was lost, may come back; what belongs to any other workload may not.
  const mark = parseMark(readEnvironVariable(pid, MARKER) ?? '');
  if (mark !== undefined && (mark.lineage !== identity.lineage || mark.id !== identity.id)) {
    refuse(`it belongs to the workload ${mark.id}${mark.lineage === identity.lineage ? '' : ' of another project'}`);
  }
  return target;
}

/** Makes a running process the instance's own. It goes into the instance's cgroup where there is one. Throws PJ5305. */
export function takeOver(managed: Managed, world: World, target: ProcessIdentity): void {
  const { entry } = managed;
  if (entry.process?.pid === target.pid && isAlive(entry.process)) return;
  if (mayLive(managed, world)) {
    throw new PjError('PJ5305', {
      pid: target.pid,
      id: entry.identity.id,
      reason: `${entry.identity.id} runs already`,
    });
  }
  const { held, notes } = moveIn(world.cgroups, entry.home, managed.spec, target);
  for (const note of notes) world.log(`${entry.identity.id}: ${note}`);
  Object.assign(managed, { exit: undefined, child: undefined, seen: true });
  enter(
    managed,
    world,
    {
      phase: 'running',
      process: target,
      imported: true,
      wanted: 'running',
      run: randomUUID(),
      held,
      binary: binaryOf(managed.spec.native?.command ?? '', entry.spec),
      startedAt: world.now().toISOString(),
      token: null,
    },
    true,
  );
}
