import type { SecretSource } from '../model/plan.ts';
/** Seconds that a secret's command may take. */
export declare const COMMAND_TIMEOUT = 30;
/** Why a source gave nothing; never what it gave. */
export type Resolved = {
    value: string;
} | {
    reason: string;
};
/**
 * Asks a source for its value: an environment variable, a file or a command's output, one trailing newline dropped from the latter two.
 * Paths and commands are relative to the project. Never throws.
 */
export declare function resolveSource(source: SecretSource, context: {
    dir: string;
    env: Readonly<Record<string, string | undefined>>;
    signal?: AbortSignal;
}): Promise<Resolved>;
