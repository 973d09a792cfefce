import type { Place } from '../model/workload.ts';
import { paintWith, type Screen } from './paint.ts';
import { table } from './table.ts';
import { safe, safeLines } from './text-safety.ts';
import { wrap } from './width.ts';

/** What was made of Compose files. */
interface Imported {
  files: readonly { path: string; of: string }[];
  notes: readonly { place: Place; key: string; what: string; advice: string }[];
  secrets: readonly { name: string; env: string; place: Place; from: string }[];
  missing: string | undefined;
}

/** The files that were written, what pj does otherwise, and what to do next; `at` is the flag that names the project. */
export function importText({ files, notes, secrets, missing }: Imported, at: string, screen: Screen): string {
  const paint = paintWith(screen.chalk);
  const indented = (text: string): string[] =>
    wrap(safe(text), Math.max(40, screen.width) - 2).map((line) => `  ${line}`);
  const lines = table(
    [{ title: 'FILE' }, { title: 'OF' }],
    files.map(({ path, of }) => [safe(path), of]),
    { title: (text) => paint.strong(text) },
  );
  if (notes.length > 0) {
    lines.push('', paint.strong(`What pj does otherwise (${notes.length}):`));
    for (const { place, key, what, advice } of notes) {
      lines.push(`${safe(placeText(place))}  ${paint.strong(safe(key))}`, ...indented(what));
      if (advice !== '') lines.push(...indented(`-> ${advice}`));
    }
  }
  if (secrets.length > 0) {
    lines.push('', paint.strong('Secrets, which are written nowhere; pj reads them from its environment:'));
    const rows = secrets.map(({ env, from, place }) => [
      safe(env),
      `${from === 'nowhere' ? 'not set' : `now in ${from === 'environment' ? 'the environment' : from}`}, used at ${safe(placeText(place))}`,
    ]);
    lines.push(...table([{ title: '' }, { title: '' }], rows, { indent: '  ' }));
  }
  if (missing !== undefined)
    lines.push(
      '',
      paint.strong('Add to pj.yaml, which was there already:'),
      ...safeLines(missing.trimEnd()).map((line) => `  ${line}`),
    );
  lines.push('', `Next: ${nextSteps(secrets, at)}`);
  return lines.join('\n');
}

function nextSteps(secrets: Imported['secrets'], at: string): string {
  const steps = [`pj validate${at}`, `pj plan${at}`];
  if (secrets.some(({ from }) => from === '.env')) steps.unshift('set -a; . ./.env; set +a');
  else if (secrets.some(({ from }) => from !== 'environment')) steps.unshift('set these in the environment');
  return `${steps.slice(0, -1).join(', ')}, then ${steps.at(-1)}`;
}

const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;
