import { PjError } from '../errors.ts';
import type { PlanWarning } from '../model/plan.ts';
import type { Place } from '../model/workload.ts';
import type { Problem } from './problem.ts';
/** The problems as errors with places and code frames, sorted by file and line, each told once. */
export declare function finishErrors(problems: readonly Problem[], hide: (text: string) => string): Promise<PjError[]>;
/** The problems as warnings, each with its first place in the text. */
export declare function finishWarnings(problems: readonly Problem[]): Promise<PlanWarning[]>;
/** `file:line:column`. */
export declare function placeText(place: Place): string;
