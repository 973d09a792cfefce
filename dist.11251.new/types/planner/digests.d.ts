import type { Observed } from '../model/observed.ts';
import type { Spec } from '../model/spec.ts';
import { type Digest } from './sensitive.ts';
/**
 * sha256 of what was observed of a workload: status, handle and fields, without what changes by itself (since, attributes,
 * restarts). Fields that the state keeps as digests are digested here too, so that no secret can be guessed from it.
 */
export declare function observedDigest(observed: Observed, recorded: Spec | undefined, digest: Digest, sha256: (text: string) => string): string;
