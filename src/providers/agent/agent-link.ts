import type { Calls, Method } from '../../agent/calls.ts';
import { type AgentClient, connectAgent } from '../../agent/client.ts';
import { type EnsureOptions, ensureAgent } from '../../agent/ensure.ts';
import { openRegistry } from '../../agent/registry.ts';
import { lockHolders } from '../../agent/single.ts';
import { until } from '../../agent/world.ts';
import { PjError } from '../../errors.ts';

/** Agents that may die on us in one call before it is given up: every call may be made twice, so it is simply made again. */
const TRIES = 3;
/** An agent that did not answer is not asked again for so long: what wants to know waits for it once. ms */
const MUTE_FOR = 30_000;

/** The way to the project's agent, over one connection that is opened when it is needed. */
export interface AgentLink {
  /** Starts the agent if need be. */
  call<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    options: { signal: AbortSignal; timeout?: number },
  ): Promise<Calls[M]['result']>;
  /** Undefined where no agent runs, or none that this pj can talk to. Starts none. */
  ask<M extends Method>(
    method: M,
    params: Calls[M]['params'],
    signal: AbortSignal,
  ): Promise<Calls[M]['result'] | undefined>;
  /** `endIdle`: an agent with nothing left to do is to end now, and is waited for. */
  close(endIdle: boolean): Promise<void>;
}

/** Several providers of one run need the agent: whoever comes second finds the one that the first has started. */
const starting = new Map<string, Promise<unknown>>();
function inTurn<T>(project: string, start: () => Promise<T>): Promise<T> {
  const turn = (starting.get(project) ?? Promise.resolve()).then(start);
  starting.set(
    project,
    turn.catch(() => undefined),
  );
  return turn;
}

/** A link that has no connection yet. Its calls throw what ensureAgent and the agent throw. */
export function agentLink(options: EnsureOptions): AgentLink {
  let opening: Promise<AgentClient> | undefined;
  let client: AgentClient | undefined;
  let muteUntil = Number.NEGATIVE_INFINITY;

  const obtain = async (signal: AbortSignal): Promise<AgentClient> => {
    if (client?.usable === true) return client;
    // Calls side by side share one connection.
    opening ??= inTurn(options.project, () => ensureAgent({ ...options, signal }))
      .then((there) => {
        client = there.client;
        return there.client;
      })
      .finally(() => {
        opening = undefined;
      });
    return opening;
  };

  return {
    async call(method, params, { signal, timeout }) {
      for (let attempt = 1; ; attempt++) {
        const agent = await obtain(signal);
        try {
          return await agent.call(method, params, { signal, ...(timeout === undefined ? {} : { timeout }) });
        } catch (error) {
          const died = error instanceof PjError && error.code === 'PJ5205';
          if (!died || attempt >= TRIES) throw error;
        }
      }
    },
    async ask(method, params, signal) {
      if (performance.now() < muteUntil) return undefined;
      try {
        client = client?.usable === true ? client : (await connectAgent(options))?.client;
        return await client?.call(method, params, { signal });
      } catch (error) {
        // An agent that cannot be talked to must not stop a plan: the registry and /proc say nearly as much.
        if (!(error instanceof PjError && error.code.startsWith('PJ52'))) throw error;
        if (error.code === 'PJ5206') muteUntil = performance.now() + MUTE_FOR;
        return undefined;
      }
    },
    async close(endIdle) {
      const agent = client ?? (endIdle ? (await connectAgent(options))?.client : undefined);
      client = undefined;
      if (agent === undefined) return;
      try {
        if (!endIdle || !agent.usable) return;
        const { ending } = await agent.call('shutdownIfIdle', {}, { timeout: 10 });
        agent.close();
        const { dir } = openRegistry(options.project);
        if (ending) await until(() => lockHolders(dir).length === 0, 10_000);
      } catch (error) {
        // It has ended by itself meanwhile.
        if (!(error instanceof PjError && error.code === 'PJ5205')) throw error;
      } finally {
        agent.close();
      }
    },
  };
}
