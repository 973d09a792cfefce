import { type Json, type JsonObject } from '../model/json.ts';
import { type Leaf } from '../model/template.ts';
import type { Kind } from '../model/workload.ts';
import { type Path } from './problem.ts';
/** One complaint of a validator, as ajv makes it. */
export interface SchemaError {
    instancePath: string;
    schemaPath: string;
    keyword: string;
    params: Record<string, unknown>;
    /** The schema that the keyword stands in; its `$comment` says in words what is expected. */
    parentSchema: {
        properties?: Record<string, unknown>;
        $comment?: string;
    };
}
/** A validator that was compiled ahead. */
export interface Validator {
    (value: unknown): boolean;
    errors?: SchemaError[] | null;
}
/** What is wrong with a value; the path is within what was validated. */
export interface SchemaFault {
    code: 'PJ1010' | 'PJ1011' | 'PJ1012' | 'PJ1017';
    details: Record<string, string | number>;
    path: Path;
    at: 'key' | 'value';
}
/** What is wrong with a descriptor in the native dialect, its known `${…}` replaced. An absent block is the caller's business. */
export declare function validateDescriptor(value: JsonObject, kind: Kind): SchemaFault[];
/** What is wrong with a project file. */
export declare function validateProjectFile(value: Json): SchemaFault[];
/** A leaf as it was written, nearly. */
export declare function leafText(leaf: Leaf): string;
