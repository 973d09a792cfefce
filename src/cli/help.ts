import { CATALOG, GROUPS, type Group, shownCommands, TOPICS } from './catalog.ts';
import type { PjCommandClass } from './command.ts';
import { argumentRows, flagRows, type Row, usageLine } from './signature.ts';

const WIDTH = 80;

/** Help of a command, of a topic, or ('') of pj as a whole; plain text that ends in a newline. */
export async function helpOf(name: string): Promise<string> {
  if (name === '') return rootHelp();
  const entry = CATALOG[name];
  if (entry === undefined) return topicHelp(name);
  return commandHelp(name, await entry.load(), entry.aliases ?? []);
}

/** Every help text by the name of its file: the words with dashes, `pj` for the whole. Aliases too. */
export async function allHelp(): Promise<Map<string, string>> {
  const texts = new Map([['pj', await rootHelp()]]);
  for (const topic of Object.keys(TOPICS)) texts.set(topic, await topicHelp(topic));
  for (const [name, entry] of shownCommands()) {
    const text = await helpOf(name);
    for (const words of [name, ...(entry.aliases ?? [])]) texts.set(words.replaceAll(' ', '-'), text);
  }
  return texts;
}

async function rootHelp(): Promise<string> {
  const lines = [
    'pj: plan and apply for running workloads',
    '',
    'USAGE',
    '  pj COMMAND [FLAGS]',
    '',
    'EXAMPLES',
    ...table([
      ['pj init', 'begin a project here'],
      ['pj plan', 'what would happen, and why'],
      ['pj apply', 'show it, ask, do exactly that'],
      ['pj status', 'what runs, and how it is'],
      ['pj plan --out p && pj apply p', 'review now, do it later'],
    ]),
  ];
  for (const [group, title] of Object.entries(GROUPS)) {
    lines.push('', title.toUpperCase(), ...table(await groupRows(group as Group)));
  }
  lines.push(
    '',
    'GLOBAL FLAGS',
    ...table([
      ['--dir DIR', 'the directory of the project'],
      ['--no-color, --no-input', 'no colours; never ask anything'],
      ['-h, --help', 'help of any command: pj plan --help'],
      ['-v, --version', 'the version'],
    ]),
    '',
    'Exit codes, errors, descriptors: docs/reference. One error: pj explain PJ3010.',
  );
  return `${lines.join('\n')}\n`;
}

async function groupRows(group: Group): Promise<Row[]> {
  const rows: Row[] = [];
  const topics = new Set<string>();
  for (const [name, entry] of shownCommands()) {
    if (entry.group !== group) continue;
    const topic = name.split(' ')[0] ?? name;
    if (Object.hasOwn(TOPICS, topic)) {
      if (!topics.has(topic)) rows.push([topic, `${TOPICS[topic]} (${words(topic).join(', ')})`]);
      topics.add(topic);
    } else {
      const alias = entry.aliases?.length ? ` (also ${entry.aliases.join(', ')})` : '';
      rows.push([name, `${(await entry.load()).summary ?? ''}${alias}`]);
    }
  }
  return rows;
}

/** Second words of a topic's commands. */
function words(topic: string): string[] {
  return shownCommands().flatMap(([name]) => (name.startsWith(`${topic} `) ? [name.slice(topic.length + 1)] : []));
}

async function topicHelp(topic: string): Promise<string> {
  const rows: Row[] = [];
  for (const word of words(topic)) rows.push([word, (await CATALOG[`${topic} ${word}`]?.load())?.summary ?? '']);
  const title = `pj ${topic}: ${TOPICS[topic] ?? ''}`;
  return `${[title, '', 'USAGE', `  pj ${topic} COMMAND [FLAGS]`, '', 'COMMANDS', ...table(rows)].join('\n')}\n`;
}

function commandHelp(name: string, command: PjCommandClass, aliases: readonly string[]): string {
  const lines = [`pj ${name}: ${command.summary ?? ''}`, '', 'USAGE', `  ${usageLine(name, command)}`];
  if (aliases.length > 0) lines.push(`  also: ${aliases.map((alias) => `pj ${alias}`).join(', ')}`);
  if (command.description !== undefined) lines.push('', ...wrap(command.description, WIDTH));
  if (command.samples.length > 0) {
    lines.push('', 'EXAMPLES', ...table(command.samples.map(({ command: line, does }) => [line, does])));
  }
  const args = argumentRows(command);
  if (args.length > 0) lines.push('', 'ARGUMENTS', ...table(args));
  const { own, global } = flagRows(command);
  if (own.length > 0) lines.push('', 'FLAGS', ...table(own));
  lines.push('', 'GLOBAL FLAGS', ...table([...global, ['-h, --help', 'this text']]));
  const below = shownCommands().flatMap(([other]) => (other.startsWith(`${name} `) ? [other] : []));
  if (below.length > 0) lines.push('', `SEE ALSO\n  ${below.map((other) => `pj ${other} --help`).join(', ')}`);
  return `${lines.join('\n')}\n`;
}

/** Two columns; a left side too wide for its column has the right one below it. */
function table(rows: readonly Row[]): string[] {
  const column = Math.min(30, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, WIDTH - column - 4);
    const indent = ' '.repeat(column + 4);
    const [first = '', ...others] = lines;
    const head = left.length > column ? [`  ${left}`, `${indent}${first}`] : [`  ${left.padEnd(column)}  ${first}`];
    return [...head, ...others.map((line) => indent + line)].map((line) => line.trimEnd());
  });
}

function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const last = lines.length - 1;
      const longer = lines[last] === '' ? word : `${lines[last]} ${word}`;
      if (longer.length > width && lines[last] !== '') lines.push(word);
      else lines[last] = longer;
    }
    return lines;
  });
}
