import { createHash, createHmac } from 'node:crypto';
import { canonical, type Json } from '../model/json.ts';

/** Keyed digest (HMAC-SHA-256, hex) of a value; equal values give equal digests, whatever the order of their keys. */
export function digestOf(key: Buffer, value: Json): string {
  return createHmac('sha256', key).update(canonical(value)).digest('hex');
}

/** Short public name of a key: the first 8 hex digits of its sha256. */
export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8);
}
