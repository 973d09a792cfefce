/** Where the key of a project's digests lies. */
export declare function digestKeyPath(dir: string): string;
/**
 * The key of a project's digests, 32 bytes: PJ_DIGEST_KEY (64 hex digits) over `.pj/key`. Undefined where there is none yet.
 * Throws PJ1061 for one that can't be read or is no key.
 */
export declare function readDigestKey(dir: string, env?: Readonly<Record<string, string | undefined>>): Promise<Buffer | undefined>;
/**
 * The key of a project's digests, made (32 random bytes, hex, 0600) where there is none. Of two that make it at once one wins and both
 * get the same. Throws PJ1061.
 */
export declare function createDigestKey(dir: string, env?: Readonly<Record<string, string | undefined>>, random?: (size: number) => Buffer): Promise<Buffer>;
