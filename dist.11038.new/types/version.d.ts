/** This pj's version: the build puts it in; run from source, package.json says it. */
export declare const VERSION: string;
