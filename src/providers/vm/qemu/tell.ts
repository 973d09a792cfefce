import { pointer } from '../../../model/json.ts';
import type { Finding } from '../../contract.ts';

/** Takes one finding: where, what, and what to do about it. */
export type Tell = (path: string, message: string, hint: string, severity?: Finding['severity']) => void;

/** A pointer into `vm`. */
export const at = (...path: (string | number)[]): string => pointer('vm', ...path);
