import { OWN_JVM } from '../model/java-spec.ts';
import { isObject, type Json } from '../model/json.ts';
import type { Spec } from '../model/spec.ts';
import { isTemplate, sensitiveSources } from '../model/template.ts';
import type { Path } from './problem.ts';

/** Where the words of command lines stand in a spec: everybody on the machine can read them while the program runs. */
const COMMAND_LINES: Path[] = [
  ['native', 'command'],
  ['native', 'args'],
  ['native', 'stopCommand'],
  ['healthCheck', 'command'],
  ['container', 'command'],
  ['container', 'args'],
  ['container', 'entrypoint'],
  ['container', 'healthCheck', 'command'],
  ['java', 'jvmArgs'],
  ['jvm', 'args'],
];

/** The words of command lines that hold something sensitive, with the names of its sources. */
export function sensitiveWords(spec: Spec): { path: Path; sources: string[] }[] {
  // In a shared JVM arguments reach their main method by a socket that only its owner can read.
  const lines: Path[] = spec.java?.jvm === OWN_JVM ? [...COMMAND_LINES, ['java', 'args']] : COMMAND_LINES;
  return lines.flatMap((path) => {
    const value = path.reduce<Json | undefined>((here, key) => (isObject(here) ? here[key] : undefined), spec as Json);
    const words: [Path, Json][] = Array.isArray(value)
      ? value.map((word, i) => [[...path, i], word])
      : [[path, value ?? null]];
    return words.flatMap(([at, word]) => {
      const sources = isTemplate(word) ? sensitiveSources(word.$template.parts) : [];
      return sources.length > 0 ? [{ path: at, sources }] : [];
    });
  });
}
