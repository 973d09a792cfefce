import { shellWord } from '../model/shell-word.ts';

/** A reference to a secret within a text. */
const REFERENCE = /\$\{secret\.([A-Za-z_][\w-]*)\}/g;

/** The secrets that a text refers to. */
export const secretsIn = (text: string): string[] => [...text.matchAll(REFERENCE)].map(([, name = '']) => name);

/** Words in which no secret stands, and what has to be in the environment for them. */
export interface PlainWords {
  words: string[];
  /** Names of secrets, which are the names of the variables, too. */
  secrets: string[];
}

/** The words with references to secrets replaced by variables of a shell, which reads them only in the container: a command line is seen by everybody. */
export function hideInWords(words: readonly string[]): PlainWords {
  const secrets = [...new Set(words.flatMap(secretsIn))];
  if (secrets.length === 0) return { words: [...words], secrets };
  const script = shellScript(words);
  const isOnlyThere = words.every((word, i) => i === 2 || secretsIn(word).length === 0);
  if (script !== undefined && isOnlyThere)
    return { words: [...words.slice(0, 2), hideInScript(script), ...words.slice(3)], secrets };
  return { words: ['sh', '-c', `exec ${words.map(quoteAround).join(' ')}`], secrets };
}

/** A script with references to secrets replaced by variables, also between single quotes, where a shell fills in none. */
export function hideInScript(script: string): string {
  let quote = '';
  let out = '';
  for (const [token, name] of script.matchAll(/\$\{secret\.([A-Za-z_][\w-]*)\}|\\[\s\S]|[\s\S]/g)) {
    if (name !== undefined) {
      out += quote === "'" ? `'"$\${${name}}"'` : `$\${${name}}`;
      continue;
    }
    // Between single quotes a backslash is one, and what follows it may end them.
    if (quote === "'" && token.endsWith("'")) quote = '';
    else if (quote === '' && (token === "'" || token === '"')) quote = token;
    else if (quote === '"' && token === '"') quote = '';
    out += token;
  }
  return out;
}

/** The script of `sh -c SCRIPT`. */
const shellScript = ([program = '', option = '', script]: readonly string[]): string | undefined =>
  /(^|\/)(ba|da|a|z|k)?sh$/.test(program) && /^-\w*c$/.test(option) ? script : undefined;

/** A word in quotes, its secrets as variables between them. */
function quoteAround(word: string): string {
  let out = '';
  let at = 0;
  for (const found of word.matchAll(REFERENCE)) {
    out += plain(word.slice(at, found.index));
    out += `"$${found[1]}"`;
    at = found.index + found[0].length;
  }
  return out + plain(word.slice(at)) || "''";
}

const plain = (text: string): string => (text === '' ? '' : shellWord(text));
