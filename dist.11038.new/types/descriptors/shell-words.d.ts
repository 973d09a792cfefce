/**
 * Splits a command line as a POSIX shell would: blanks part words, quotes and backslashes keep them together. Nothing is
 * expanded, and a `${…}` is never split, whatever stands in it. Undefined when a quote is left open.
 */
export declare function shellWords(text: string): string[] | undefined;
