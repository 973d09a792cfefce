import { type AgentClient, type Caller, connectAgent } from '../agent/client.ts';
import { asPjError, PjError } from '../errors.ts';
import type { AwakeStatus } from '../model/awake.ts';

/** Longest that a command waits for what the agent knows: it does without where that takes longer. Seconds. */
const LONGEST = 2;

/** A connection to the agent for what it knows from its watch. Starts none. */
export interface AwakeLink {
  /** Undefined where no agent runs, where it is too old to know, or does not answer; `why` tells. Never throws. */
  ask(): Promise<AwakeStatus | undefined>;
  /** For people: why the last answer was none. */
  why(): string;
  close(): void;
}

/** Connects anew with each question where the connection has gone. */
export function awakeLink(caller: Caller): AwakeLink {
  let client: AgentClient | undefined;
  let closed = false;
  let why = 'no agent runs';
  const connected = async (): Promise<AgentClient | undefined> => {
    if (client?.usable === true) return client;
    const there = await soon(connectAgent(caller), (late) => late?.client.close());
    if (closed) there?.client.close();
    client = there?.client;
    return client;
  };
  return {
    async ask() {
      try {
        const agent = await connected();
        if (agent !== undefined) return await agent.call('awake', {}, { timeout: LONGEST });
        why = 'no agent runs';
      } catch (thrown) {
        const { code, message } = asPjError(thrown);
        why = code === 'PJ5208' ? 'the agent is an older one that samples nothing' : `the agent: ${message}`;
      }
      return undefined;
    },
    why: () => why,
    close() {
      closed = true;
      client?.close();
    },
  };
}

/** What the agent knows now; undefined as with AwakeLink. Never throws. */
export async function askAwake(caller: Caller): Promise<AwakeStatus | undefined> {
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
