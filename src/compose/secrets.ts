import type { Place } from '../model/workload.ts';

/** A secret that a descriptor refers to, and the environment variable that it is read from. */
export interface ImportedSecret {
  name: string;
  env: string;
  place: Place;
  /** Where its value stands by now. */
  from: 'environment' | '.env' | 'the Compose file' | 'nowhere';
}

/** The secrets of an import: one name for each value that is not written down. */
export interface Secrets {
  /** The secret that stands for a variable of Compose. */
  ofVariable(name: string, from: ImportedSecret['from'], place: Place): string;
  /** The secret that stands for a value which the Compose file itself holds; `owner` tells two of one name apart. */
  ofValue(name: string, owner: string, value: string, place: Place): string;
  /** The secret that stands for that value already. */
  withValue(value: string): string | undefined;
  all(): ImportedSecret[];
}

export function collectSecrets(): Secrets {
  const known = new Map<string, ImportedSecret & { identity: string }>();
  const claim = (name: string, identity: string, from: ImportedSecret['from'], place: Place): boolean => {
    const before = known.get(name);
    if (before === undefined) known.set(name, { name, env: name, from, place, identity });
    return before === undefined || before.identity === identity;
  };
  return {
    ofVariable(name, from, place) {
      claim(name, 'variable', from, place);
      return name;
    },
    ofValue(name, owner, value, place) {
      const plain = asName(name);
      const candidates = [plain, asName(`${owner}_${name}`)];
      const identity = `value ${value}`;
      for (let i = 2; ; i++) {
        const free = candidates.find((one) => claim(one, identity, 'the Compose file', place));
        if (free !== undefined) return free;
        candidates.push(asName(`${owner}_${name}_${i}`));
      }
    },
    withValue: (value) => [...known.values()].find(({ identity }) => identity === `value ${value}`)?.name,
    all: () => [...known.values()].map(({ identity: _, ...secret }) => secret),
  };
}

/** A text as the name of an environment variable. */
const asName = (text: string): string => text.replace(/\W/g, '_').replace(/^(?=\d)/, '_');
