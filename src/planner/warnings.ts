import { type ErrorCode, PjError } from '../errors.ts';
import type { PlanWarning, Refusal } from '../model/plan.ts';

/** A warning with the text that the table of errors has for its code. */
export function warning(code: ErrorCode, details: Record<string, string | number>, workload?: string): PlanWarning {
  const { message } = new PjError(code, details);
  return workload === undefined ? { code, message } : { code, message, workload };
}

/** A refusal with the text that the table of errors has for its code. */
export function refusal(code: ErrorCode, details: Record<string, string | number>): Refusal {
  return { code, message: new PjError(code, details).message };
}

/** Ids in a sentence: the first few, and how many more there are. */
export function listed(ids: readonly string[], most = 5): string {
  if (ids.length <= most) return ids.join(', ');
  return `${ids.slice(0, most).join(', ')} and ${ids.length - most} more`;
}
