/** A counter as it was read. */
export interface Count {
  /** Another one as soon as another thing runs. Only asked for where `since` is not known. */
  instance: string;
  value: number;
  /** When it stood at 0, ms since 1970. Undefined: not known. */
  since: number | undefined;
}

interface Stream {
  /** It is known when it stood at 0. */
  known: boolean;
  start: number;
  /** Of the export in which it was first told with that start. */
  setAt: number;
  /** Of the last export. */
  toldAt: number;
  /** The collector has a point of it. */
  taken: boolean;
  instance: string;
  base: number;
  last: number;
}

/**
 * Says of each counter since when it has counted, as OpenTelemetry's data model asks for: whoever gets a later start than before takes the whole value for new, so that a start which is
 * only that of this agent would have all be counted twice. All times in ms since 1970.
 *
 * Where it is known when a counter stood at 0, that is its start, whatever agent tells it, and one that begins anew (a workload that starts again) has a later one.
 * Where it is not, the first point begins when it ends, which says that its value adds nothing; from there on it goes up, also over what begins anew.
 */
export class Streams {
  private readonly all = new Map<string, Map<string, Stream>>();

  /** Forgets all workloads but these. What is not known of one for a while goes on as it was. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.all.keys()) if (!ids.has(id)) this.all.delete(id);
  }

  /** The collector has what was told until now. */
  taken(): void {
    for (const streams of this.all.values()) for (const stream of streams.values()) stream.taken = true;
  }

  /** What is told of it in an export that ends `now`. */
  next(id: string, name: string, count: Count, now: number): { start: number; value: number } {
    const streams = this.all.get(id) ?? new Map<string, Stream>();
    this.all.set(id, streams);
    const stream = after(streams.get(name), count, now);
    streams.set(name, stream);
    // The clock may have been set back.
    return { start: Math.min(stream.start, now), value: stream.base + count.value };
  }
}

function after(before: Stream | undefined, { instance, value, since }: Count, now: number): Stream {
  const told = { instance, last: value, toldAt: now };
  // What began before it was told of is what was told of: engine and kernel differ by a little in when that was.
  if (before === undefined || (since !== undefined && since > (before.known ? before.setAt : before.toldAt))) {
    return { ...told, known: since !== undefined, start: since ?? now, setAt: now, taken: false, base: 0 };
  }
  const less = value < before.last;
  if (before.known) {
    // A sample may be of the next run when the start that goes with it is still that of the one before: all of it came after the last export.
    return { ...before, ...told, ...(less ? { start: Math.max(before.start, before.toldAt), setAt: now } : {}) };
  }
  const base = before.base + (less || instance !== before.instance ? before.last : 0);
  // Where the first point was lost, the next one would be taken for what was counted since.
  return { ...before, ...told, base, start: before.taken ? before.start : now };
}
