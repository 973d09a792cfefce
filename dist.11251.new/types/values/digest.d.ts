import { type Json } from '../model/json.ts';
/** Keyed digest (HMAC-SHA-256, hex) of a value; equal values give equal digests, whatever the order of their keys. */
export declare function digestOf(key: Buffer, value: Json): string;
/** Short public name of a key: the first 8 hex digits of its sha256. */
export declare function keyIdOf(key: Buffer): string;
