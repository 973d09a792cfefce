import { ERRORS, type ErrorCode, EXIT } from '../errors.ts';
import { nearest } from '../model/nearest.ts';
import { type SchemaKey, schemaKeys } from './schema-keys.ts';

/** What an exit code means. */
export const EXIT_MEANING: Record<keyof typeof EXIT, string> = {
  ok: 'done; for `plan --detailed-exitcode`: nothing to do; for `drift`: none',
  error: 'an error, told on stderr',
  changes: '`plan --detailed-exitcode`: there is something to do; `drift`: something has moved',
  declined: 'the question was not answered with what it asked for; nothing was done',
  partial: 'an apply in which some steps failed; the rest was done',
  refused: 'a guard refused (preventDestroy, data loss, a plan that was tampered with); nothing was done',
  locked: 'another run holds the lock; nothing was done',
  stale: 'what a saved plan was made from has moved; nothing was done',
  usage: 'the command line is wrong, or approval is needed and there is nobody to ask',
  interrupted: 'interrupted by Ctrl-C: running steps finished, the state is saved',
  terminated: 'the same by SIGTERM or SIGHUP',
};

/** The ranges of error codes, by their first digit. */
export const RANGES: Record<string, string> = {
  '1': 'Descriptors and the project file',
  '2': 'Planning',
  '3': 'State, lock and plan files',
  '4': 'Applying',
  '5': 'Providers, engines and the agent',
  '6': 'The command line',
  '9': 'Bugs',
};

/** What can be explained under a topic, as text; undefined where there is nothing. */
export function explanation(topic: string): string | undefined {
  const code = /^(?:pj)?(\d{4})$/i.exec(topic)?.[1];
  if (code !== undefined) return errorText(`PJ${code}`);
  if (/^\d{1,3}$/.test(topic)) return exitText(Number(topic));
  const keys = allKeys();
  const wanted = topic.replace(/^descriptor\.|^project\./, '');
  const found = keys.find(({ path }) => plainPath(path) === plainPath(wanted));
  if (found === undefined) return undefined;
  return keyText(found, keys);
}

/** `; did you mean restart.policy?`, or nothing. */
export function nearestTopic(topic: string): string {
  const paths = allKeys().map((key) => plainPath(key.path));
  // A key of all kinds is often looked for below one of them: native.restart.
  const behind = paths.find((path) => path !== '' && topic.endsWith(`.${path}`));
  const near = behind ?? nearest(topic, [...Object.keys(ERRORS), ...paths]);
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** Keys that have something to be explained, for completion. */
export function topics(): string[] {
  return [...Object.keys(ERRORS), ...allKeys().map((key) => plainPath(key.path))];
}

function allKeys(): SchemaKey[] {
  const descriptor = schemaKeys('descriptor.json');
  const known = new Set(descriptor.map((key) => key.path));
  return [...descriptor, ...schemaKeys('project.json').filter((key) => !known.has(key.path))];
}

/** A path as people write it: without the brackets of lists. */
const plainPath = (path: string): string => path.replaceAll('[]', '');

function exitText(code: number): string | undefined {
  const name = Object.entries(EXIT).find(([, number]) => number === code)?.[0] as keyof typeof EXIT | undefined;
  return name === undefined ? undefined : `Exit code ${code}: ${EXIT_MEANING[name]}`;
}

function errorText(code: string): string | undefined {
  if (!Object.hasOwn(ERRORS, code)) return undefined;
  const { message, hint, exit } = ERRORS[code as ErrorCode];
  const name = Object.entries(EXIT).find(([, number]) => number === exit)?.[0] as keyof typeof EXIT | undefined;
  return [
    `${code}: ${message}`,
    '',
    `How to mend it: ${hint}`,
    `Exit code: ${exit}${name === undefined ? '' : ` (${EXIT_MEANING[name]})`}`,
    `About: ${RANGES[code.charAt(2)] ?? 'pj'}`,
  ].join('\n');
}

function keyText(key: SchemaKey, keys: readonly SchemaKey[]): string {
  const lines = [`${key.path}${key.required ? ' (required)' : ''}: ${key.type}`];
  if (key.description !== '') lines.push('', key.description);
  if (key.default !== undefined) lines.push('', `Default: ${JSON.stringify(key.default)}`);
  if (key.examples.length > 0) lines.push('', `Examples: ${key.examples.map((one) => JSON.stringify(one)).join(', ')}`);
  const below = keys.filter(({ path }) => isChild(path, key.path));
  if (below.length > 0) {
    const width = Math.max(...below.map(({ path }) => path.length - key.path.length));
    lines.push('', 'Keys:');
    for (const child of below) {
      const name = child.path.slice(key.path.length).replace(/^(\[\])?\./, '');
      lines.push(`  ${name.padEnd(width)}  ${child.description}`);
    }
  }
  return lines.join('\n');
}

function isChild(path: string, parent: string): boolean {
  const rest = path.startsWith(parent) ? path.slice(parent.length) : '';
  return /^(\[\])?\.[^.[]+$/.test(rest);
}
