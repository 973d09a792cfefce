import { setTimeout as sleep } from 'node:timers/promises';
import { PjError } from '../../../../errors.ts';
import { at } from '../../../../model/json.ts';
import type { Spec } from '../../../../model/spec.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import { containerLimits } from './cgroup.ts';
import { inspect } from './inspect.ts';
import { limitFields, setsLimits, toldBy } from './limit-drift.ts';

/** Looks, and ms between them: an engine that leaves it to systemd is done before the kernel is. */
const LOOKS = 10;
const PAUSE = 100;

/** That a container's limits are what was asked for: as the kernel holds them where its group is seen here, else as its engine says. Throws PJ5407. */
export async function verifyLimits(
  engine: ApiEngine,
  id: string,
  spec: Spec,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  if (!setsLimits(spec)) return;
  for (let look = 1; ; look++) {
    const kernel = engine.local ? containerLimits(engine.name, id) : undefined;
    const others = limitFields(spec, engine, kernel ?? toldBy(await inspect(engine, id, doing, context)));
    const wrong = Object.entries(others).map(
      ([path, now]) => `${path.slice(1).replaceAll('/', '.')} is ${String(now)}, not ${String(at(spec, path))}`,
    );
    if (wrong.length === 0) return;
    if (look === LOOKS) {
      const reason = `it took the new limits, but ${kernel === undefined ? 'what it says' : 'what the kernel holds'} is not that: ${wrong.join('; ')}`;
      throw new PjError('PJ5407', { engine: engine.label, ...doing, reason });
    }
    await sleep(PAUSE, undefined, { signal: context.signal });
  }
}
