/**
 * A test for paths relative to the project. `*` and `?` stay within a folder's name, `**` crosses folders, `{a,b}` is either. A pattern
 * without `/` fits a name at any depth; one that fits a folder fits all below it. A `/` at either end is for clarity only.
 */
export declare function matcher(patterns: readonly string[]): (path: string) => boolean;
