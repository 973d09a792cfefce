import { PjError } from '../../../errors.ts';
import type { CallContext, Unusable, Usable } from '../../contract.ts';
import type { Runtime, RuntimeOptions, Things } from '../runtime.ts';
import { type Connection, connect, type Failure, userName } from './connection/connect.ts';
import type { Candidate } from './connection/endpoint.ts';
import type { ApiEngine } from './connection/engine.ts';
import { shared } from './connection/shared.ts';
import { containerThings } from './container/containers.ts';
import { networkThings } from './network/networks.ts';
import { volumeThings } from './volume/volumes.ts';

/** What differs between the engines that speak Docker's API. */
export interface Flavour {
  name: ApiEngine['name'];
  candidates: Candidate[];
  install: string;
  /** Starts the daemon. */
  start: string;
  /** The group whose members may use its socket, if there is one. */
  group?: string;
}

/** A runtime over the first of the candidates that answers. */
export function apiRuntime(flavour: Flavour, options: RuntimeOptions): Runtime {
  const ends = new AbortController();
  let found: Promise<Connection | Failure[]> | undefined;
  const look = async ({ signal, progress }: CallContext): Promise<Connection | Failure[]> => {
    found ??= firstOf(flavour, options.env, { signal: ends.signal, progress });
    const answer = await shared(found, signal);
    // Whoever asks again may have started it meanwhile.
    if (Array.isArray(answer)) found = undefined;
    return answer;
  };
  const open = async (context: CallContext): Promise<ApiEngine> => {
    const answer = await look(context);
    if (!Array.isArray(answer)) return answer;
    const { reason, install } = unusable(flavour, answer);
    throw new PjError('PJ5401', { tried: `${flavour.name}: ${reason}` }, { advice: install });
  };
  const things: Record<'container' | 'network' | 'volume', Things> = {
    container: containerThings(open, options),
    network: networkThings(open, options),
    volume: volumeThings(open, options),
  };
  return {
    name: flavour.name,
    things,
    async probe(context): Promise<Usable | Unusable> {
      const answer = await look(context);
      if (Array.isArray(answer)) return unusable(flavour, answer);
      return { usable: true, engine: flavour.name, version: answer.version, notes: [answer.address] };
    },
    async close() {
      ends.abort();
      const answer = await found?.catch(() => undefined);
      if (answer !== undefined && !Array.isArray(answer)) await answer.close();
    },
  };
}

async function firstOf(
  { name, candidates }: Flavour,
  env: RuntimeOptions['env'],
  context: CallContext,
): Promise<Connection | Failure[]> {
  const failures: Failure[] = [];
  for (const candidate of candidates) {
    const answer = await connect(name, candidate, env, context);
    if (!('reason' in answer)) return answer;
    failures.push(answer);
  }
  return failures;
}

/** What was tried and why each failed, and what to do about the one that comes closest. */
function unusable({ name, install, start, group }: Flavour, failures: readonly Failure[]): Unusable {
  const tried = failures.map(({ candidate: { source, address }, reason }) =>
    source === 'default' ? `${address}: ${reason}` : `${address} (${source}): ${reason}`,
  );
  const denied = failures.some(({ type }) => type === 'denied');
  const other = failures.some(({ type }) => type === 'other');
  const stopped = failures.some(({ reason }) => reason.includes('does not run'));
  const mend =
    denied && group !== undefined
      ? `Add ${userName()} to the group that may use it: usermod -aG ${group} ${userName()}`
      : stopped
        ? `Start it: ${start}`
        : other
          ? `Say container.runtime: ${name === 'docker' ? 'podman' : 'docker'} for what answers there.`
          : failures.some(({ type, candidate }) => type === 'failed' || candidate.source !== 'default')
            ? `Correct what says where it is: ${failures[0]?.candidate.source ?? ''}. ${install}`
            : `${install}`;
  return { usable: false, engine: name, reason: tried.join(', '), install: mend };
}
