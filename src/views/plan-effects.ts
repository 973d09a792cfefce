import type { Paint } from './paint.ts';
import type { PlanDocument } from './plan-document.ts';
import { safe, safeLines } from './text-safety.ts';
import { wrap } from './width.ts';
import { blockIds, plural, prefixed } from './wording.ts';

/** Below the sentence: who restarts, who goes down, what data is lost, what is refused and why, and the warnings. */
export function effectLines(document: PlanDocument, width: number, paint: Paint): string[] {
  const { effects, warnings } = document.pj;
  const lines: string[] = [];
  const list = (title: string, ids: readonly string[], colour: (text: string) => string) => {
    if (ids.length === 0) return;
    const [first = '', ...others] = blockIds(
      `${title}: `,
      ids.map((id) => safe(document.addressOf(id))),
      width,
    );
    lines.push(colour(first), ...others.map(colour));
  };
  const same = (text: string) => text;
  list('Restarts', effects.restarts, same);
  list('Goes down for a while', effects.goes_down, paint.warning);
  list('Goes down and stays down', effects.stays_down, paint.warning);
  for (const { id, what } of effects.loses_data) {
    const text = `Data is lost: ${safe(document.addressOf(id))}: ${what.map(safe).join('; ')}`;
    lines.push(...wrap(text, width, '  ').map(paint.error));
  }
  for (const { id, code, message } of effects.refused) {
    const text = `Refused: ${safe(prefixed(document.addressOf(id), message, id))} (${safe(code)})`;
    lines.push(...wrap(text, width, '  ').map(paint.error));
  }
  lines.push(...orphanLines(document, width, paint));
  for (const warning of warnings) {
    const { workload, message } = warning;
    const told = workload === undefined ? message : prefixed(document.addressOf(workload), message, workload);
    const [first = '', ...others] = safeLines(told);
    lines.push(...wrap(`Warning: ${first} (${safe(warning.code)})`, width, '  ').map(paint.warning));
    lines.push(...others.map((text) => `  ${text}`));
  }
  return lines;
}

/** What bears this project's marks and is in no state, and how it goes; kept volumes are told apart. */
function orphanLines({ pj }: PlanDocument, width: number, paint: Paint): string[] {
  const named = (kept: boolean): string[] =>
    pj.orphans
      .filter((orphan) => orphan.kept === kept)
      .map(({ address, name }) => safe(name === undefined ? address : `${address} (${name})`));
  const [lost, kept] = [named(false), named(true)];
  const lines: string[] = [];
  if (lost.length > 0 && !pj.options.prune) {
    lines.push(...blockIds('Orphans (with marks of this project, not in its state): ', lost, width).map(paint.warning));
    lines.push(...wrap('  "pj apply --prune" removes them; "pj import" takes one over.', width, '  '));
  }
  if (kept.length > 0)
    lines.push(
      ...blockIds('Kept volumes of earlier workloads (--prune --destroy-volumes removes them): ', kept, width),
    );
  return lines;
}

/** Lines that the waves may take unless everything is asked for. */
const WAVE_LINES = 24;

/** The steps in numbered waves; each wave may begin when the one before it is done. Cut after some lines unless `full`. */
export function waveLines(document: PlanDocument, width: number, full: boolean, paint: Paint): string[] {
  const { waves } = document.pj;
  if (waves.length === 0) return [];
  const digits = String(waves.length).length;
  const lines: string[] = [];
  for (const [i, wave] of waves.entries()) {
    const number = `  ${String(i + 1).padStart(digits)}. `;
    const wrapped = blockIds(number, wave.map(safe), width);
    if (!full && lines.length + wrapped.length > WAVE_LINES) {
      const room = WAVE_LINES - lines.length;
      // A first wave that alone is too long is cut inside; otherwise waves stay whole.
      const shown = i === 0 ? wrapped.slice(0, room) : [];
      const steps = waves.slice(i).reduce((sum, w) => sum + w.length, 0);
      const told = i === 0 ? countSteps(shown, number) : 0;
      lines.push(...shown, `  ... and ${plural(steps - told, 'more step')} (--full shows all)`);
      break;
    }
    lines.push(...wrapped);
  }
  return [paint.strong('Steps, in waves that run side by side:'), ...lines];
}

function countSteps(lines: readonly string[], number: string): number {
  return lines
    .join(' ')
    .slice(number.length)
    .split(',')
    .filter((part) => part.trim() !== '').length;
}
