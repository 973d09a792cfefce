import { setTimeout as sleep } from 'node:timers/promises';
import type Dockerode from 'dockerode';
import { PjError } from '../../../../errors.ts';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine, Doing } from '../connection/engine.ts';
import type { SeenNetwork } from './seen-network.ts';

/** Docker's text while a container's place in the network is still taken: a moment longer than there is the container, where Docker was about to start it. */
const TAKEN = /has active endpoints/;
const TRIES = 6;
/** Milliseconds. */
const PAUSE = 200;

/** Removes a network; one that is gone is a success. Waits a while for places that containers have just left; those left behind by containers that are no more are freed. Throws as `dial` does. */
export async function removeNetwork(
  engine: ApiEngine,
  seen: SeenNetwork,
  doing: Doing,
  context: CallContext,
): Promise<void> {
  const podman = engine.name === 'podman';
  const path = podman ? `/libpod/networks/${encodeURIComponent(seen.name)}` : `/networks/${seen.id}`;
  for (let attempt = 1; ; attempt++) {
    try {
      await engine.dial(doing, context, { method: 'DELETE', path, ok: [200, 204, 404] });
      return;
    } catch (thrown) {
      const taken = thrown instanceof PjError && TAKEN.test(String(thrown.details['reason']));
      if (!taken || attempt === TRIES) throw thrown;
      await sleep(PAUSE * attempt, undefined, { signal: context.signal });
      if (attempt > 1) await freeLeftBehind(engine, path, doing, context);
    }
  }
}

/** A Docker that was killed keeps places of containers whose end it has not seen, for ever: no container stands behind them. */
async function freeLeftBehind(engine: ApiEngine, path: string, doing: Doing, context: CallContext): Promise<void> {
  const network = await engine.dial<Dockerode.NetworkInspectInfo | undefined>(doing, context, {
    ...{ method: 'GET', path, ok: [200, 404] },
  });
  const query = { all: 'true' };
  const there = await engine.dial<Dockerode.ContainerInfo[] | undefined>(doing, context, {
    ...{ method: 'GET', path: '/containers/json', query },
  });
  const ids = new Set((there ?? []).map(({ Id }) => Id));
  for (const [id, { Name }] of Object.entries(network?.Containers ?? {})) {
    if (ids.has(id) || there?.some(({ Names }) => Names.includes(`/${Name}`))) continue;
    const body = { Container: Name, Force: true };
    await engine.dial(doing, context, { method: 'POST', path: `${path}/disconnect`, body, ok: [200, 204, 404] });
  }
}
