import type { Spec } from '../model/spec.ts';
import { type Entry } from './entry.ts';
/**
 * Gives the volumes and logs of a renamed instance, of which nothing runs, their new name. What stands at the new place already is not
 * overwritten: then the old stays where it is.
 */
export declare function moveHome(project: string, { home, identity, workdir }: Entry, spec: Spec): void;
