import { ERRORS, PjError } from '../errors.ts';
import type { PlanWarning } from '../model/plan.ts';
import type { Place } from '../model/workload.ts';
import type { SourceFile } from './documents.ts';
import { codeFrame } from './frame.ts';
import type { Problem, Spot } from './problem.ts';

/** The problems as errors with places and code frames, sorted by file and line, each told once. */
export async function finishErrors(problems: readonly Problem[], hide: (text: string) => string): Promise<PjError[]> {
  if (problems.length === 0) return [];
  const finished = await withPlaces(problems);
  finished.sort((a, b) => comparePlaces(a.targets[0]?.place, b.targets[0]?.place));
  const told = new Set<string>();
  const errors: PjError[] = [];
  for (const { problem, targets } of finished) {
    const places = targets.map((target) => target.place);
    const details = Object.fromEntries(
      Object.entries(problem.details).map(([key, value]) => [key, typeof value === 'string' ? hide(value) : value]),
    );
    const error = new PjError(problem.code, details, {
      places,
      frames: targets.map((target) => hide(codeFrame(target.text, { ...target.place, length: target.length }))),
      ...(problem.advice === undefined ? {} : { advice: problem.advice }),
    });
    const once = `${error.code} ${error.message} ${places.map(placeText).join(' ')}`;
    if (told.has(once)) continue;
    told.add(once);
    errors.push(error);
  }
  return errors;
}

/** The problems as warnings, each with its first place in the text. */
export async function finishWarnings(problems: readonly Problem[]): Promise<PlanWarning[]> {
  if (problems.length === 0) return [];
  const finished = await withPlaces(problems);
  finished.sort((a, b) => comparePlaces(a.targets[0]?.place, b.targets[0]?.place));
  return finished.map(({ problem, targets }) => {
    const sentence = ERRORS[problem.code].message.replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(problem.details[name] ?? whole),
    );
    const place = targets[0]?.place;
    return {
      code: problem.code,
      message: place === undefined ? sentence : `${placeText(place)}: ${sentence}`,
      ...(problem.workload === undefined ? {} : { workload: problem.workload }),
    };
  });
}

/** `file:line:column`. */
export function placeText(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

interface FoundTarget {
  place: Place;
  length: number;
  text: string;
}

async function withPlaces(problems: readonly Problem[]): Promise<{ problem: Problem; targets: FoundTarget[] }[]> {
  const [yaml, { makeLocator }] = await Promise.all([import('yaml'), import('./locate.ts')]);
  const locate = makeLocator(yaml);
  const starts = new Map<SourceFile, number[]>();
  const target = (spot: Spot): FoundTarget => {
    const file = 'file' in spot ? spot.file : spot.document.file;
    let lines = starts.get(file);
    if (lines === undefined) {
      lines = lineStarts(file.text);
      starts.set(file, lines);
    }
    const { offset, length } = locate(spot);
    const line = lineOf(lines, offset);
    return {
      place: { file: file.path, line, column: offset - (lines[line - 1] ?? 0) + 1 },
      length,
      text: file.text,
    };
  };
  return problems.map((problem) => ({ problem, targets: problem.spots.map(target) }));
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}

/** The line, from 1, that an offset lies on. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

function comparePlaces(a: Place | undefined, b: Place | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}
