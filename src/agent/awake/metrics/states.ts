import { type LifecycleState, TRANSITIONS } from '../../../model/lifecycle.ts';
import { type Series, series } from './family.ts';
import type { Row } from './row.ts';

const STATES = Object.keys(TRANSITIONS) as LifecycleState[];
const SERIES: ReadonlyMap<LifecycleState, Series[]> = new Map(
  STATES.map((now) => [now, STATES.map((state) => series({ state }, state === now ? 1 : 0))]),
);

/** One series for each state, 1 for the one it is in. */
export const states = ({ record }: Row): Series[] | undefined => SERIES.get(record.state);

export const STATE_HELP = 'the state it is recorded in: 1 for that one, 0 for the others.';
