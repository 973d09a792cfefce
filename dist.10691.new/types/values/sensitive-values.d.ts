import { type Json } from '../model/json.ts';
import type { SecretSource } from '../model/plan.ts';
import type { SensitiveValues } from './contract.ts';
export interface SensitiveOptions {
    /** The project's directory. */
    dir: string;
    /** What `${env.NAME}` and `env` sources are read from. */
    env: Readonly<Record<string, string | undefined>>;
    /** Key of the digests, see digest-key.ts. */
    key: Buffer;
    /** Declared secrets, by name: pj.yaml's. */
    secrets: Readonly<Record<string, SecretSource>>;
    /** Values of the sensitive variables, by name. */
    variables: Readonly<Record<string, Json>>;
    /** Sources that a saved plan recorded, by `secret.NAME` / `env.NAME` / `var.NAME`; they hold over pj.yaml's. */
    recorded?: Readonly<Record<string, SecretSource>>;
    /** Ends commands that give secrets. */
    signal?: AbortSignal;
}
/** The sensitive values of one run. Nothing is resolved before it is needed; nothing is ever written down. */
export declare function createSensitiveValues(options: SensitiveOptions): SensitiveValues;
