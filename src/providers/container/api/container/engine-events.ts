import { constants as os } from 'node:os';
import type { CallContext } from '../../../contract.ts';
import type { ApiEngine } from '../connection/engine.ts';

/** What an engine remembers of a container's end. */
export interface LastEvent {
  /** `told`: somebody stopped or killed it through the engine. `itself`: nobody did so. Undefined where the engine does not tell these apart. */
  ended?: 'told' | 'itself';
  /** When it was removed: ISO 8601. */
  destroyed?: string;
}

/** By the container's id; without those of which the engine remembers nothing. */
export type LastEvents = ReadonlyMap<string, LastEvent>;

interface Event {
  Action?: string;
  Actor?: { ID?: string; Attributes?: { signal?: string } };
  timeNano?: number;
}

/** Milliseconds for which engines are asked to remember; Docker keeps 256 events at most, none over a restart of its own. */
const BACK = 7 * 24 * 3600 * 1000;
/** Podman's own names of the same events are filtered by, too. */
const ASKED = ['kill', 'stop', 'die', 'died', 'start', 'destroy', 'remove'];
/** Signals that programs take as a wish to reload, tell of themselves or redraw. */
const NO_END = new Set([os.signals.SIGHUP, os.signals.SIGUSR1, os.signals.SIGUSR2, os.signals.SIGWINCH].map(String));

/** What the engine remembers of these containers: one call, none where there are none. Not being told is no error. */
export async function eventsOf(engine: ApiEngine, ids: readonly string[], context: CallContext): Promise<LastEvents> {
  if (ids.length === 0) return new Map();
  const now = Date.now();
  // An end that lies ahead is waited for; Podman tells nothing of the past but without an end.
  const until = engine.name === 'podman' ? { stream: 'false' } : { until: (now / 1000).toFixed(3) };
  const query = {
    since: String(Math.floor((now - BACK) / 1000)),
    ...until,
    filters: JSON.stringify({ container: ids, type: ['container'], event: ASKED }),
  };
  const doing = { action: 'tell what became of', id: 'containers' };
  const answer = await engine
    .dial<unknown>(doing, context, { method: 'GET', path: '/events', query })
    .catch(() => undefined);
  context.signal.throwIfAborted();
  return lastOf(parsed(answer), engine.name);
}

function lastOf(events: readonly Event[], engine: ApiEngine['name']): LastEvents {
  const last = new Map<string, LastEvent>();
  for (const { Action, Actor, timeNano } of events) {
    const id = Actor?.ID;
    if (id === undefined) continue;
    const known = last.get(id);
    switch (Action) {
      case 'start':
        last.delete(id);
        break;
      case 'destroy':
      case 'remove':
        if (timeNano !== undefined) last.set(id, { ...known, destroyed: new Date(timeNano / 1e6).toISOString() });
        break;
      case 'stop':
        last.set(id, { ...known, ended: 'told' });
        break;
      case 'kill':
        // Podman does not say which signal it was; what it did is seen from the exit code.
        if (engine === 'docker' && !NO_END.has(Actor?.Attributes?.signal ?? ''))
          last.set(id, { ...known, ended: 'told' });
        break;
      case 'die':
        if (engine === 'docker' && known?.ended === undefined) last.set(id, { ...known, ended: 'itself' });
        break;
      default:
    }
  }
  return last;
}

/** One JSON text a line, in the order in which they came about. */
function parsed(answer: unknown): Event[] {
  if (Buffer.isBuffer(answer)) return parsed(answer.toString());
  if (typeof answer !== 'string') return typeof answer === 'object' && answer !== null ? [answer] : [];
  return answer.split('\n').flatMap((line) => {
    try {
      return line.trim() === '' ? [] : [JSON.parse(line) as Event];
    } catch {
      return [];
    }
  });
}
