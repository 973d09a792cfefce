/** What stands in place of a sensitive value. */
export declare const HIDDEN = "(sensitive)";
/** Hides values that are learnt one by one in texts. */
export interface Redactor {
    learn(value: string): void;
    redact(text: string): string;
}
/** A redactor that knows nothing yet. It finds a value also as JSON, URL and base64 write it, the longest first. */
export declare function makeRedactor(): Redactor;
