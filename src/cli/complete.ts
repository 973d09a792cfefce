import { ACTIVITY_TYPES } from '../model/awake.ts';
import type { Project } from '../project/project.ts';
import { CATALOG, commandNamed, commandNames, TOPICS } from './catalog.ts';
import type { PjCommandClass } from './command.ts';
import { splitLeading } from './command-line.ts';

/** One thing that may be typed, and what it is. `:files` and `:dirs` ask the shell for paths. */
interface Candidate {
  value: string;
  about?: string;
}

const FILES: Candidate[] = [{ value: ':files' }];
const DIRS: Candidate[] = [{ value: ':dirs' }];

/** Flags and arguments whose values are workloads, files or directories, by their name. */
const WORKLOADS = new Set(['target', 'exclude', 'replace', 'id']);
const RECORDED = new Set(['from_id', 'from']);
const PATHS = new Set(['out', 'var-file', 'json-into', 'planfile', 'file', 'a', 'b']);

/** Candidates for the last of the words, one a line, a tab before what each is. Never throws: what cannot be read is not offered. */
export async function completionLines(words: readonly string[]): Promise<string> {
  const candidates = await completions(words).catch(() => []);
  return candidates.map(({ value, about }) => `${about ? `${value}\t${about}` : value}\n`).join('');
}

/** Candidates for the last of the words, which are those after `pj`. bash breaks `--flag=value` into three words; zsh and fish do not. */
async function completions(words: readonly string[]): Promise<Candidate[]> {
  const line = joinAssignments(words);
  const { current, prefix } = line;
  const { leading, rest } = splitLeading(line.words);
  // `pj help plan` is about the same words.
  const before = rest[0] === 'help' ? rest.slice(1) : rest;
  const name = [2, 1]
    .map((n) => before.slice(0, n).join(' '))
    .find((text) => text !== '' && commandNamed(text) !== undefined);
  const entry = name === undefined ? undefined : CATALOG[commandNamed(name) ?? ''];
  const matching = (all: readonly Candidate[]) =>
    all
      .filter(({ value }) => value.startsWith(':') || value.startsWith(current))
      .map((one) => (one.value.startsWith(':') ? one : { ...one, value: prefix + one.value }));
  // A command's second word may be a command too (`plan diff`).
  const deeper = before.length === 1 ? await commandWords(`${before[0]} `) : [];
  if (name === undefined || entry === undefined) {
    if (line.flag === 'dir' || (before.length === 0 && line.words.at(-1) === '--dir')) return matching(DIRS);
    if (before.length === 0) return matching(current.startsWith('-') ? rootFlags() : await commandWords(''));
    return matching(deeper);
  }
  const command = await entry.load();
  const given = before.slice(name.split(' ').length);
  const context = { project: () => openIn(dirOf([...leading, ...before])), command };
  const flag = line.flag ?? expectedFlag(given, command);
  if (flag !== undefined) return matching(await flagValues(flag, context));
  if (current.startsWith('-')) return matching(flagsOf(command));
  return matching([...deeper, ...(await argumentValues(given, context))]);
}

async function openIn(dir: string | undefined): Promise<Project> {
  const { openProject } = await import('../project/open.ts');
  return openProject(dir === undefined ? {} : { dir });
}

interface Context {
  project: () => Promise<Project>;
  command: PjCommandClass;
}

/** The words before the last one, assignments as one word; and of the last one, the flag that it is a value of. */
function joinAssignments(words: readonly string[]): {
  words: string[];
  current: string;
  prefix: string;
  flag?: string;
} {
  const joined: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    const last = joined.length - 1;
    if (word === '=' && joined[last]?.startsWith('--')) joined[last] = `${joined[last]}=${words[++i] ?? ''}`;
    else joined.push(word);
  }
  const current = joined.pop() ?? '';
  const assigned = /^--([a-z-]+)=(.*)$/s.exec(current);
  if (assigned === null) return { words: joined, current, prefix: '' };
  // bash replaces only what is behind the `=`.
  const broken = words.includes('=') && (words.at(-1) === '=' || words.at(-2) === '=');
  return {
    words: joined,
    current: assigned[2] ?? '',
    prefix: broken ? '' : `--${assigned[1]}=`,
    flag: assigned[1] ?? '',
  };
}

/** The option that the word before is, if it waits for its value. */
function expectedFlag(given: readonly string[], command: PjCommandClass): string | undefined {
  const last = given.at(-1) ?? '';
  const found = Object.entries(allFlags(command)).find(
    ([name, flag]) =>
      flag.type === 'option' && (last === `--${name}` || (flag.char !== undefined && last === `-${flag.char}`)),
  );
  return found?.[0];
}

async function flagValues(name: string, context: Context): Promise<Candidate[]> {
  const flag = allFlags(context.command)[name];
  if (flag === undefined || flag.type !== 'option') return [];
  if (flag.options !== undefined) return flag.options.map((value) => ({ value }));
  if (name === 'dir' || name === 'from') return DIRS;
  if (PATHS.has(name)) return FILES;
  if (WORKLOADS.has(name)) return workloads(await context.project());
  if (name === 'type') return ACTIVITY_TYPES.map((value) => ({ value }));
  if (name === 'var') return variables(await context.project());
  return [];
}

async function argumentValues(given: readonly string[], context: Context): Promise<Candidate[]> {
  const args = Object.entries(context.command.args);
  const taken: string[] = [];
  given.forEach((word, i) => {
    const value = i > 0 && expectedFlag(given.slice(0, i), context.command) !== undefined;
    if (!word.startsWith('-') && !value) taken.push(word);
  });
  const last = args.at(-1);
  const [name, arg] = args[taken.length] ?? (last?.[1].multiple ? last : []);
  if (name === undefined || arg === undefined) return [];
  if (arg.options !== undefined) return arg.options.map((value) => ({ value }));
  if (PATHS.has(name)) return FILES;
  if (name === 'topic') return (await import('./explanations.ts')).topics().map((value) => ({ value }));
  if (name === 'lock_id') return lockIds(await context.project());
  if (RECORDED.has(name) || WORKLOADS.has(name)) {
    const known = await workloads(await context.project());
    return known.filter(({ value }) => !taken.includes(value));
  }
  return [];
}

/** Every workload of the descriptors and of the state. */
async function workloads(project: Project): Promise<Candidate[]> {
  const [described, recorded] = await Promise.all([
    project.validate().then(
      ({ workloads: all }) => all.map(({ id, kind }) => [id, kind] as const),
      () => [],
    ),
    project.state.load().then(
      (snapshot) => Object.values(snapshot?.workloads ?? {}).map(({ id, kind }) => [id, kind] as const),
      () => [],
    ),
  ]);
  return [...new Map([...recorded, ...described])].sort().map(([value, about]) => ({ value, about }));
}

async function variables(project: Project): Promise<Candidate[]> {
  try {
    const { config } = await project.validate();
    return Object.entries(config.variables).map(([name, { description }]) => ({
      value: `${name}=`,
      ...(description === undefined ? {} : { about: description }),
    }));
  } catch {
    return []; // completion is no place for errors
  }
}

async function lockIds(project: Project): Promise<Candidate[]> {
  try {
    const holder = await project.state.holder();
    return holder === undefined
      ? []
      : [{ value: holder.id, about: `${holder.who}@${holder.host} ${holder.operation}` }];
  } catch {
    return [];
  }
}

/** The next words of commands that begin so. */
async function commandWords(start: string): Promise<Candidate[]> {
  const next = new Map<string, string>();
  for (const name of commandNames()) {
    if (!name.startsWith(start)) continue;
    const word = name.slice(start.length).split(' ')[0] ?? '';
    const whole = commandNamed(`${start}${word}`);
    const about =
      start === '' && Object.hasOwn(TOPICS, word) ? TOPICS[word] : (await CATALOG[whole ?? '']?.load())?.summary;
    if (!next.has(word)) next.set(word, about ?? '');
  }
  return [...next].map(([value, about]) => ({ value, about }));
}

const rootFlags = (): Candidate[] =>
  ['--help', '--version', '--dir', '--no-color', '--no-input'].map((value) => ({ value }));

function flagsOf(command: PjCommandClass): Candidate[] {
  const own = Object.entries(allFlags(command)).flatMap(([name, flag]) =>
    flag.hidden ? [] : [{ value: `--${name}`, about: flag.summary ?? '' }],
  );
  return [...own, { value: '--help', about: 'help' }];
}

function allFlags(command: PjCommandClass): PjCommandClass['flags'] {
  return { ...command.flags, ...command.baseFlags };
}

function dirOf(words: readonly string[]): string | undefined {
  const at = words.findIndex((word) => word === '--dir' || word.startsWith('--dir='));
  if (at < 0) return undefined;
  const word = words[at] ?? '';
  return word === '--dir' ? words[at + 1] : word.slice('--dir='.length);
}
