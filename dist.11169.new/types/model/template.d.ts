import { type Json } from './json.ts';
/** One piece of a string that a descriptor wrote with `${…}` in it. Names only: a sensitive value is never in it. */
export type Part = string | {
    var: string;
} | {
    env: string;
    default?: string;
} | {
    secret: string;
} | {
    workload: string;
    attribute: string;
};
/** What a descriptor wrote, where the value depends on another workload or is sensitive. Stands as a leaf in a desired spec. */
export type TemplateLeaf = {
    $template: {
        parts: Part[];
        sensitive: boolean;
    };
};
/** A sensitive value that is known: only its keyed digest is kept, with the template that gives the value again. */
export type SensitiveLeaf = {
    $sensitive: {
        parts: Part[];
        digest: string;
    };
};
/** A value that is known only after apply. */
export type UnknownLeaf = {
    $unknown: {
        parts: Part[];
        sensitive: boolean;
    };
};
export type Leaf = TemplateLeaf | SensitiveLeaf | UnknownLeaf;
export declare const isTemplate: (value: unknown) => value is TemplateLeaf;
export declare const isSensitive: (value: unknown) => value is SensitiveLeaf;
export declare const isUnknown: (value: unknown) => value is UnknownLeaf;
export declare const isLeaf: (value: unknown) => value is Leaf;
/** The pieces of any of the three leaves. */
export declare function partsOf(leaf: Leaf): Part[];
/** Another workload's attribute named by a part, or undefined. */
export declare function reference(part: Part): {
    workload: string;
    attribute: string;
} | undefined;
/** The names of the sensitive sources in a template, as written: `secret.db`, `env.HOME`, `var.token`. */
export declare function sensitiveSources(parts: readonly Part[]): string[];
/** Gives the value of one part; undefined means: not known yet. */
export type Lookup = (part: Exclude<Part, string>) => Json | undefined;
/**
 * The value of a template: the value itself, type kept, when the template is a single part; else the pieces as one string.
 * Undefined as soon as one piece is not known.
 */
export declare function evaluate(parts: readonly Part[], lookup: Lookup): Json | undefined;
/** Replaces every leaf that `replace` gives a value for, everywhere in a value. Objects without leaves are shared, not copied. */
export declare function mapLeaves(value: Json, replace: (leaf: Leaf) => Json): Json;
/** Every leaf in a value, depth first. */
export declare function leavesOf(value: Json | undefined, found?: Leaf[]): Leaf[];
