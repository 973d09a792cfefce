import type { Json } from '../model/json.ts';
import type { SecretSource } from '../model/plan.ts';
import type { Part } from '../model/template.ts';
/** Sensitive values of one run: resolved once, kept in memory only, known to the redactor from then on. */
export interface SensitiveValues {
    /** Resolves every sensitive part (`secret`, `env`, sensitive `var`) in these templates, each source once, side by side. Throws a PjError that names every source that failed. */
    prepare(templates: readonly (readonly Part[])[]): Promise<void>;
    /** The value of a prepared part; undefined for a workload reference. Throws when it was not prepared. */
    lookup(part: Exclude<Part, string>): Json | undefined;
    /** Keyed digest (HMAC-SHA-256, hex) of a value. */
    digest(value: Json): string;
    /** Short public name of the key, so that digests made with another key are not compared. */
    readonly keyId: string;
    /** Text with every known sensitive value (of 3 characters and more, also its JSON-, URL- and base64-encoded forms) replaced by `(sensitive)`. */
    redact(text: string): string;
    /** The source of each sensitive name used so far, by `secret.NAME`, `env.NAME`, `var.NAME`. */
    sources(): Record<string, SecretSource>;
}
