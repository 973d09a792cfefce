/** One `${…}` as written, its name not yet looked up. */
export interface Expression {
    /** `var`, `env`, `secret`, `workload`, `self`, `project`, `index`; `bare` for platform-java's `${NAME}`. */
    form: 'var' | 'env' | 'secret' | 'workload' | 'self' | 'project' | 'index' | 'bare';
    /** What follows the form's dot; the name itself for `bare`; empty for `index`. */
    name: string;
    /** What follows `:-`. */
    fallback?: string;
    /** As it stands in the text, with `${` and `}`. */
    raw: string;
}
export type Piece = string | Expression;
/** A `${…}` that can't be read. */
export interface TemplateFault {
    raw: string;
    reason: string;
}
/**
 * The pieces of a string with `${…}` in it: texts (`$${` already read as `${`) and expressions. Texts that touch are one.
 * A fault where a `${` is not closed or what it holds is none of the known forms.
 */
export declare function parseTemplate(text: string): Piece[] | TemplateFault;
/** The text that parses to these pieces. */
export declare function printTemplate(pieces: readonly Piece[]): string;
