import { existsSync, readFileSync } from 'node:fs';
import { printTemplate } from '../descriptors/template-syntax.ts';
import { readEnvFile } from '../model/env-file.ts';
import type { JsonObject } from '../model/json.ts';
import { absolutePath, type Context, hostPath, refuse } from './context.ts';
import { type Fields, withFields } from './fields.ts';
import { isSensitive, isSensitiveName } from './sensitive.ts';
import { placeOf, type Scalar, type Tree, type TreeSpot, textOf } from './tree.ts';

/** A map of names and texts (environment, labels, options) in which nothing sensitive is left. */
export function plainMap(context: Context, fields: Fields, key: string, owner: string): JsonObject | undefined {
  const entries = fields.named(key).flatMap(([name, value, spot]): [string, string][] => {
    if (value.type !== 'scalar') {
      context.note(spot, `${fields.path}.${key}.${name}`, 'it is no text, and was left out', 'Write it as a text.');
      return [];
    }
    return [[name, withoutSecret(context, name, value, owner)]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** The text of a value, or a reference to a secret in its place where it looks sensitive. */
function withoutSecret(context: Context, name: string, value: Scalar, owner: string): string {
  const text = textOf(value);
  if (/^\$\{secret\.[^}]*\}$/.test(text) || !isSensitive(name, text)) return text;
  // A part of it is hidden already, and the rest gives nothing away.
  if (/\$\{secret\./.test(text) && !isSensitive('', text)) return text;
  const variable = /^\$(?:\{([A-Za-z_]\w*)(?:[:?+-][\s\S]*)?\}|([A-Za-z_]\w*))$/.exec(value.raw ?? '');
  const of = variable?.[1] ?? variable?.[2];
  const place = placeOf(value.spot);
  const secret =
    of === undefined
      ? context.secrets.ofValue(name, owner, text, place)
      : context.secrets.ofVariable(of, context.environment(of)?.from ?? 'the Compose file', place);
  return `\${secret.${secret}}`;
}

/** The environment of a service. */
export function environmentOfService(context: Context, fields: Fields, owner: string): JsonObject {
  const env: JsonObject = {};
  for (const [name, value, spot] of fields.named('environment')) {
    if (value.type !== 'scalar') {
      context.note(
        spot,
        `${fields.path}.environment.${name}`,
        'it is no text, and was left out',
        'Write it as a text.',
      );
    } else
      env[name] =
        value.value === null ? fromOutside(context, fields, name, spot) : withoutSecret(context, name, value, owner);
  }
  return env;
}

/** A name without a value: Compose takes what the variable is where it runs. */
function fromOutside(context: Context, fields: Fields, name: string, spot: TreeSpot): string {
  const found = context.environment(name);
  const key = `${fields.path}.environment.${name}`;
  if (found !== undefined && isSensitive(name, found.value))
    return `\${secret.${context.secrets.ofVariable(name, found.from, placeOf(spot))}}`;
  if (found?.from === '.env') {
    context.note(spot, key, 'it is written as .env sets it now', '');
    return printTemplate([found.value]);
  }
  const advice = isSensitiveName(name) ? `Set ${name} before \`pj plan\`.` : '';
  context.note(spot, key, "it is read from pj's environment, and is empty (not absent) where it is not set", advice);
  return `\${env.${name}:-}`;
}

/** The paths of a service's env files, as the project has them. */
export function envFiles(context: Context, fields: Fields): string[] {
  return fields.items('env_file').flatMap((item, i) => {
    const key = `${fields.path}.env_file[${i}]`;
    const [path, required] = item.type === 'table' ? fileObject(context, item, key) : [item, true];
    if (path?.type !== 'scalar') return refuse(context, item.spot, key, 'it must be a path') ?? [];
    const absolute = absolutePath(context, path.spot, textOf(path));
    context.files.add(absolute);
    if (!existsSync(absolute)) {
      if (!required) {
        context.note(
          path.spot,
          key,
          'this optional file is not there, and was left out',
          'Add it to `container.envFile` once it is there.',
        );
        return [];
      }
      context.note(path.spot, key, 'this file is not there', 'Make it before `pj validate`.');
    } else warnOfQuotes(context, path, absolute, key);
    return [hostPath(context, path.spot, textOf(path))];
  });
}

function fileObject(context: Context, table: Tree & { type: 'table' }, key: string): [Tree | undefined, boolean] {
  return withFields(context, table, key, (fields) => {
    // `raw` is how pj reads every file.
    fields.text('format');
    return [fields.scalar('path'), fields.boolean('required') ?? true];
  });
}

/** pj reads env files as `docker run` does, Compose as a shell would. */
function warnOfQuotes(context: Context, path: Scalar, absolute: string, key: string): void {
  const read = readEnvFile(readFileSync(absolute, 'utf8'));
  const unlike = [...read.values].filter(([, value]) => /^\s*["']|\$\{?\w|\s#/.test(value)).map(([name]) => name);
  const advice = 'Write plain NAME=VALUE lines: no quotes, no `export`, no variables, no comment behind a value.';
  if (read.bad.length > 0)
    context.note(path.spot, key, `line ${read.bad.join(', ')} of it is no NAME=VALUE, which pj refuses`, advice);
  if (unlike.length > 0)
    context.note(path.spot, key, `pj takes the values of ${unlike.join(', ')} as they stand, quotes and all`, advice);
}
