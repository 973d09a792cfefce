import type { Pointer } from '../../../../../model/json.ts';
import type { Finding } from '../../../../contract.ts';

/** What refuses the plan. */
export const error = (path: Pointer, message: string, hint: string): Finding => ({
  severity: 'error',
  path,
  message,
  hint,
});

/** What is shown and does not stop anybody. */
export const warning = (path: Pointer, message: string, hint: string): Finding => ({
  severity: 'warning',
  path,
  message,
  hint,
});

/** A number that stands; undefined for none and for a template. */
export const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** A list that stands, whatever is in it; empty for none and for a template. */
export const list = <T>(value: readonly T[] | undefined): readonly T[] => (Array.isArray(value) ? value : []);
