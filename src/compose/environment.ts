import { readFileSync } from 'node:fs';
import type { Origin } from './interpolate.ts';

/** What variables are read from: the environment holds over `.env`. */
export type Environment = (name: string) => { value: string; from: Origin } | undefined;

/** The environment and the `.env` file of a folder, where there is one. */
export function environmentOf(folder: string, env: Readonly<Record<string, string | undefined>>): Environment {
  const file = readDotEnv(textOf(`${folder}/.env`), env);
  return (name) => {
    const own = env[name];
    if (own !== undefined) return { value: own, from: 'environment' };
    const value = file.get(name);
    return value === undefined ? undefined : { value, from: '.env' };
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // Compose does without it, too
  }
}

/**
 * The variables of a `.env` file as Compose reads it: quotes are taken off, `export ` and comments are left out, and variables are filled in where there
 * are no single quotes.
 */
export function readDotEnv(
  text: string,
  env: Readonly<Record<string, string | undefined>> = {},
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const line =
    /^[ \t]*(?:export[ \t]+)?([\w.-]+)[ \t]*[=:][ \t]*(?:'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|([^\r\n]*?))[ \t]*(?:[ \t]#[^\r\n]*)?\r?$/gm;
  for (const [, name = '', single, double, bare] of text.replace(/^\ufeff/, '').matchAll(line)) {
    const filled = (raw: string): string =>
      raw.replace(/\$(?:\{(\w+)(?::?-([^}]*))?\}|(\w+))/g, (_, braced: string, fallback: string, plain: string) => {
        const key = braced ?? plain;
        return env[key] ?? values.get(key) ?? fallback ?? '';
      });
    const value =
      single ??
      (double === undefined
        ? filled((bare ?? '').replace(/^#.*$/, ''))
        : filled(double.replace(/\\([nrt"\\])/g, (_, c: string) => ({ n: '\n', r: '\r', t: '\t' })[c] ?? c)));
    values.set(name, value);
  }
  return values;
}
