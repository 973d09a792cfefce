import type { CallContext } from '../../contract.ts';
import type { ApiEngine } from './engine.ts';

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
  Actor?: { ID?: string };
  timeNano?: number;
}

/** Milliseconds for which engines are asked to remember; Docker keeps 256 events at most, none over a restart of its own. */
const BACK = 7 * 24 * 3600 * 1000;

/** What the engine remembers of these containers: one call, none where there are none. Not being told is no error. */
export async function eventsOf(engine: ApiEngine, ids: readonly string[], context: CallContext): Promise<LastEvents> {
  const last = new Map<string, LastEvent>();
  if (ids.length === 0) return last;
  const now = Date.now();
  const query = {
    since: String(Math.floor((now - BACK) / 1000)),
    until: String(Math.ceil(now / 1000)),
    filters: JSON.stringify({
      container: ids,
      type: ['container'],
      event: ['kill', 'stop', 'die', 'start', 'destroy'],
    }),
  };
  const answer = await engine
    .dial<unknown>({ action: 'tell what became of', id: 'containers' }, context, {
      method: 'GET',
      path: '/events',
      query,
    })
    .catch(() => undefined);
  context.signal.throwIfAborted();
  const told = new Set<string>();
  for (const { Action, Actor, timeNano } of parsed(answer)) {
    const id = Actor?.ID;
    if (id === undefined) continue;
    if (Action === 'start') {
      told.delete(id);
      last.delete(id);
    } else if (Action === 'destroy' && timeNano !== undefined)
      last.set(id, { ...last.get(id), destroyed: new Date(timeNano / 1e6).toISOString() });
    else if (Action === 'kill' || Action === 'stop') {
      told.add(id);
      last.set(id, { ...last.get(id), ended: 'told' });
    } else if (Action === 'die' && engine.name === 'docker' && !told.has(id))
      last.set(id, { ...last.get(id), ended: 'itself' });
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
