import type { Plan } from '../model/plan.ts';
import type { PlannerInput } from './input.ts';
export type ImperativeCommand = 'start' | 'stop' | 'restart' | 'pause' | 'resume';
/** What `pj start|stop|restart|pause|resume ID…` asks. `cascade`: with stop, what depends on them is stopped too. */
export interface ImperativeRequest {
    command: ImperativeCommand;
    ids: readonly string[];
    cascade: boolean;
}
/**
 * The plan of an imperative command. It changes no spec: everything is taken as recorded. Start and restart bring up what they
 * need; stop leaves what depends on them running (with a warning) unless it cascades; restart takes those that depend with
 * `restart: true` along. Throws PJ2002 for an unknown id, PJ2009 for one that is not deployed, PJ2008 for a pause that cannot be.
 */
export declare function planImperative(input: PlannerInput, request: ImperativeRequest): Plan;
