/** Edits (insert, delete, replace, swap of neighbours) between two texts, letter case aside; stops counting above `limit`. */
export declare function distance(a: string, b: string, limit: number): number;
/** The known name that was most likely meant, or undefined when none is near. Ties go to the first in the alphabet. */
export declare function nearest(name: string, known: Iterable<string>): string | undefined;
/** ` (did you mean x?)`, or the known names when there are few, or nothing: the end of a sentence on an unknown name. */
export declare function suggestion(name: string, known: Iterable<string>): string;
