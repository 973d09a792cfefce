import { type AgentClient, type Caller, connectAgent } from '../agent/client.ts';
import { openRegistry } from '../agent/registry.ts';
import { lockHolders } from '../agent/single.ts';
import { asPjError, PjError } from '../errors.ts';
import type { AwakeStatus } from '../model/awake.ts';

/** Longest that a command waits for what the agent knows: it does without where that takes longer. Seconds. */
const LONGEST = 2;
/** One that did not answer is not asked again for so long, in seconds: every look would wait for it. */
const MUTE_FOR = 10;

const NONE = 'no agent runs';
const MUTE = `the agent did not answer in ${LONGEST} s`;

/** What the agent knows; else why nobody can tell, for people. `watching`: false where it is sure that no agent watches, undefined where it may. */
export type Asked = { told: AwakeStatus } | { told: undefined; why: string; watching: false | undefined };

/** A connection to the agent for what it knows from its watch. Starts none. */
export interface AwakeLink {
  /** Never throws. */
  ask(): Promise<Asked>;
  close(): void;
}

/** Connects anew with each question where the connection has gone. */
export function awakeLink(caller: Caller): AwakeLink {
  let client: AgentClient | undefined;
  let closed = false;
  let muteUntil = Number.NEGATIVE_INFINITY;
  const connected = async (): Promise<AgentClient | undefined> => {
    if (client?.usable === true) return client;
    const there = await soon(connectAgent(caller), (late) => late?.client.close());
    if (closed) there?.client.close();
    client = there?.client;
    return client;
  };
  return {
    async ask() {
      if (performance.now() < muteUntil) return { told: undefined, why: MUTE, watching: undefined };
      try {
        const agent = await connected();
        if (agent !== undefined) return { told: await agent.call('awake', {}, { timeout: LONGEST }) };
        // One that just starts, or has more callers than it can take, holds the lock.
        if (lockHolders(openRegistry(caller.project).dir).length === 0)
          return { told: undefined, why: NONE, watching: false };
        return { told: undefined, why: MUTE, watching: undefined };
      } catch (thrown) {
        const { code, message } = asPjError(thrown);
        if (code === 'PJ5206') muteUntil = performance.now() + MUTE_FOR * 1000;
        return { told: undefined, ...reason(code, message) };
      }
    },
    close() {
      closed = true;
      client?.close();
    },
  };
}

function reason(code: string, message: string): { why: string; watching: false | undefined } {
  if (code === 'PJ5206') return { why: MUTE, watching: undefined };
  // One that does not know the call is of an older version, and watches nothing.
  if (code === 'PJ5208') return { why: 'the agent is of an older version', watching: false };
  if (code === 'PJ5204') return { why: 'the agent is of another version', watching: undefined };
  return { why: `the agent: ${message}`, watching: undefined };
}

/** What the agent knows now, as with AwakeLink. Never throws. */
export async function askAwake(caller: Caller): Promise<Asked> {
  const link = awakeLink(caller);
  try {
    return await link.ask();
  } finally {
    link.close();
  }
}

/** Gives up after LONGEST with PJ5206; what comes later goes to `late`. */
function soon<T>(promise: Promise<T>, late: (value: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      reject(new PjError('PJ5206', { method: 'hello', seconds: LONGEST }));
    }, LONGEST * 1000);
    promise.then(
      (value) => {
        clearTimeout(timer);
        if (over) late(value);
        else resolve(value);
      },
      (thrown: unknown) => {
        clearTimeout(timer);
        reject(thrown);
      },
    );
  });
}
