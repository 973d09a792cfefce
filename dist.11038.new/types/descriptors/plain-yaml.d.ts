import type { JsonObject } from '../model/json.ts';
/** The value of a plain YAML document, a mapping; undefined when it is not that plain. Never throws. */
export declare function readPlainYaml(text: string): JsonObject | undefined;
