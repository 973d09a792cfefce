import { isAbsolute, resolve } from 'node:path';
import type { JavaSecurity } from '../model/java-spec.ts';
import type { AppCall } from './protocol.ts';

/** The keys of `security` that a policy is made of. */
export const POLICY_KEYS = [
  'allowReflection',
  'allowNetworking',
  'allowFileSystem',
  'filePermissions',
  'socketPermissions',
] as const;

/** Whether a `security` asks for a policy at all. */
export const asksForPolicy = (security: object | undefined): boolean =>
  POLICY_KEYS.some((key) => (security as Record<string, unknown> | undefined)?.[key] !== undefined);

/**
 * What an application may do; null where its `security` says nothing of it. Where permissions are listed and `allow…` is not said, only what is listed
 * is allowed. Relative paths are relative to `dir`.
 */
export function policyOf(security: JavaSecurity | undefined, dir: string): AppCall['security'] {
  if (security === undefined || !asksForPolicy(security)) return null;
  const files = permissionsOf(security.filePermissions).map(([path, actions]) => ({
    path: fileOf(path, dir),
    actions,
  }));
  const sockets = permissionsOf(security.socketPermissions).map(([address, actions]) => ({ address, actions }));
  return {
    reflection: security.allowReflection ?? true,
    networking: security.allowNetworking ?? security.socketPermissions === undefined,
    fileSystem: security.allowFileSystem ?? security.filePermissions === undefined,
    files,
    sockets,
  };
}

/** `ACTIONS TARGET`, or a map of targets to actions. */
function permissionsOf(told: string[] | Record<string, string> | undefined): [string, string][] {
  if (told === undefined) return [];
  const pairs = Array.isArray(told)
    ? told.map((text): [string, string] => {
        const [, actions = '', target = ''] = /^\s*(\w+(?:\s*,\s*\w+)*)\s+(.*?)\s*$/.exec(text) ?? [];
        return [target, actions];
      })
    : Object.entries(told);
  return pairs.map(([target, actions]) => [target, actions.replaceAll(/\s+/g, '')]);
}

/** `/-` (everything below) and `/*` (everything in it) at the end stay; `<<ALL FILES>>` is no path. */
function fileOf(path: string, dir: string): string {
  if (path.startsWith('<<') || isAbsolute(path)) return path;
  const [, folder = path, rest = ''] = /^(.*?)(\/?[-*])?$/.exec(path) ?? [];
  return resolve(dir, folder) + (rest === '' || rest.startsWith('/') ? rest : `/${rest}`);
}
