import type { JsonObject } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';
import type { ShapeReport } from './shape.ts';

/**
 * A health check with its type told (by the keys that are there, where it says none), and with what its type needs. What can't be so is
 * reported.
 */
export function checkHealth(check: JsonObject, fault: ShapeReport): JsonObject {
  const type = check['type'] ?? typeOf(check);
  const lacks = (needs: string): void =>
    fault({
      code: 'PJ1018',
      details: { what: `a health check of type ${String(type)}`, needs },
      path: ['healthCheck'],
    });
  if (type === 'http' && check['url'] === undefined && check['port'] === undefined) lacks('`url` or `port`');
  if (type === 'tcp' && check['port'] === undefined) lacks('`port`');
  if (type === 'exec' && !(Array.isArray(check['command']) && check['command'].length > 0)) lacks('`command`');
  if (type === 'log' && check['pattern'] === undefined) lacks('`pattern`');
  const { pattern } = check;
  if (typeof pattern === 'string' && !isLeaf(pattern) && !isRegExp(pattern)) {
    const details = { key: 'healthCheck.pattern', expected: 'a regular expression', value: JSON.stringify(pattern) };
    fault({ code: 'PJ1012', details, path: ['healthCheck', 'pattern'] });
  }
  return type === undefined ? check : { ...check, type };
}

function typeOf(check: JsonObject): string | undefined {
  if (check['url'] !== undefined) return 'http';
  if (check['command'] !== undefined) return 'exec';
  if (check['pattern'] !== undefined) return 'log';
  if (check['port'] === undefined) return undefined;
  return check['path'] !== undefined || check['expectedStatus'] !== undefined ? 'http' : 'tcp';
}

function isRegExp(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}
