import { TOP_SORTS, type TopLook, type TopSort, type TopWorkload } from '../model/top.ts';

/** Looks that a sparkline goes back. */
const KEPT = 60;

/** Values of the last looks, oldest first; undefined: not known then. */
export interface History {
  cpu: (number | undefined)[];
  memory: (number | undefined)[];
}

/** All that the screen of `pj top` is made from. */
export interface TopView {
  look?: TopLook;
  history: ReadonlyMap<string, History>;
  /** Cores of the whole host. */
  hostCpu: readonly (number | undefined)[];
  sort: TopSort;
  reverse: boolean;
  /** Rows that are scrolled out above. */
  offset: number;
  help: boolean;
}

export function emptyTop(sort: TopSort): TopView {
  return { history: new Map(), hostCpu: [], sort, reverse: false, offset: 0, help: false };
}

/** The view after a look: what is not there any more is forgotten. */
export function seenTop(view: TopView, look: TopLook): TopView {
  const history = new Map(
    look.workloads.map(({ id, cpu, memory }) => {
      const before = view.history.get(id);
      return [id, { cpu: added(before?.cpu, cpu), memory: added(before?.memory, memory) }];
    }),
  );
  return { ...view, look, history, hostCpu: added(view.hostCpu, look.host.cpu) };
}

const added = (before: readonly (number | undefined)[] = [], value: number | undefined) =>
  [...before, value].slice(-KEPT);

const SORT_KEYS: Record<string, TopSort> = { c: 'cpu', m: 'memory', n: 'network', d: 'disk', t: 'threads', i: 'id' };

/** The view after a key; undefined where that one ends it. `page`: rows that are shown at once. A key that says nothing leaves the view as it is. */
export function keyTop(view: TopView, key: string, page: number): TopView | undefined {
  const last = Math.max(0, (view.look?.workloads.length ?? 0) - page);
  const to = (offset: number): TopView => ({ ...view, offset: Math.min(last, Math.max(0, offset)) });
  if (view.help && key !== 'ctrl-c') return { ...view, help: false };
  if (Object.hasOwn(SORT_KEYS, key)) return { ...view, sort: SORT_KEYS[key] ?? view.sort, offset: 0 };
  switch (key) {
    case 'q':
    case 'escape':
    case 'ctrl-c':
    case 'ctrl-d':
      return undefined;
    case 's':
      return { ...view, sort: TOP_SORTS[(TOP_SORTS.indexOf(view.sort) + 1) % TOP_SORTS.length] ?? 'cpu', offset: 0 };
    case 'r':
      return { ...view, reverse: !view.reverse, offset: 0 };
    case '?':
    case 'h':
      return { ...view, help: true };
    case 'down':
    case 'j':
      return to(view.offset + 1);
    case 'up':
    case 'k':
      return to(view.offset - 1);
    case 'page-down':
    case ' ':
      return to(view.offset + page);
    case 'page-up':
      return to(view.offset - page);
    case 'home':
    case 'g':
      return to(0);
    case 'end':
    case 'G':
      return to(last);
    default:
      return view;
  }
}

/** What it is sorted by; undefined (not known) comes last whatever the direction. */
function weight(one: TopWorkload, sort: TopSort): number | undefined {
  switch (sort) {
    case 'network':
      return sum(one.networkReceivedRate, one.networkSentRate);
    case 'disk':
      return sum(one.diskReadRate, one.diskWrittenRate);
    case 'id':
      return undefined;
    default:
      return one[sort];
  }
}

/** Undefined where none is known. */
export function sum(...values: (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0);
}

/** In the order of the view; equal ones by id, so that nothing jumps. */
export function sortedTop(workloads: readonly TopWorkload[], sort: TopSort, reverse: boolean): TopWorkload[] {
  const sign = reverse ? -1 : 1;
  return [...workloads].sort((a, b) => {
    const byId = (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) * (sort === 'id' ? sign : 1);
    const [left, right] = [weight(a, sort), weight(b, sort)];
    if (left === undefined || right === undefined) {
      return left === right ? byId : left === undefined ? 1 : -1;
    }
    return left === right ? byId : (right - left) * sign;
  });
}

/** What all of them use together; absent: not known of any. */
export function totalsOf(workloads: readonly TopWorkload[]) {
  const of = (name: Exclude<keyof TopWorkload, 'id' | 'kind' | 'state' | 'health' | 'flapping'>): number | undefined =>
    sum(...workloads.map((one) => one[name]));
  return {
    workloads: workloads.length,
    running: workloads.filter(({ state }) => state === 'RUNNING').length,
    cpu: of('cpu'),
    memory: of('memory'),
    networkReceivedRate: of('networkReceivedRate'),
    networkSentRate: of('networkSentRate'),
    diskReadRate: of('diskReadRate'),
    diskWrittenRate: of('diskWrittenRate'),
    threads: of('threads'),
    restarts: of('restarts'),
  };
}

/** One look for programs. */
export function topToJson(look: TopLook, sort: TopSort) {
  const workloads = sortedTop(look.workloads, sort, false);
  return { format_version: '1.0' as const, ...look, workloads, totals: totalsOf(look.workloads) };
}
