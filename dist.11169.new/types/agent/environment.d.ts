import type { Identity } from '../model/record.ts';
import type { Spec } from '../model/spec.ts';
/** The part of an environment that every native process gets. LC_* too. */
export declare function baseEnvironment(env: Record<string, string | undefined>): Record<string, string>;
/** The whole environment of a process: the base, its user's, volumes, properties, env; the mark last, so that nothing hides it. */
export declare function processEnvironment(project: string, identity: Identity, spec: Spec, base: Record<string, string>, user: {
    name: string;
    home: string;
} | undefined, token: string): Record<string, string>;
