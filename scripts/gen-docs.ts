/**
 * `npm run generate` (part of it): writes docs/reference/ from the code: commands, errors, exit codes, descriptor keys.
 *   --check  changes nothing; exits 1 and names the files that are not fresh
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CATALOG, GROUPS, shownCommands, TOPICS } from '../src/cli/catalog.ts';
import { EXIT_MEANING, RANGES } from '../src/cli/explanations.ts';
import { type SchemaKey, schemaKeys } from '../src/cli/schema-keys.ts';
import { argumentRows, flagRows, type Row, usageLine } from '../src/cli/signature.ts';
import { ERRORS, EXIT } from '../src/errors.ts';

const root = resolve(import.meta.dirname, '..');
const made = 'Made by `npm run generate` from the code; changes belong there.';

/** Text as a table cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;');
const row = (...cells: string[]): string => `| ${cells.join(' | ')} |`;
const heading = (...titles: string[]): string => `${row(...titles)}\n${row(...titles.map(() => '---'))}`;
const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
const table = (titles: [string, string], rows: readonly Row[]): string =>
  [heading(...titles), ...rows.map(([left, right]) => row(code(left), cell(right)))].join('\n');

async function commands(): Promise<string> {
  const parts = [
    `# Commands\n${made}\n\nFlags that every command has are at the end. Long flags may be written with one dash, as Terraform has them.`,
  ];
  for (const [group, title] of Object.entries(GROUPS)) {
    parts.push(`## ${title}`);
    for (const [name, entry] of shownCommands()) {
      if (entry.group !== group) continue;
      const command = await entry.load();
      parts.push(
        `### pj ${name}`,
        `${sentence(command.summary ?? '')}${entry.aliases ? ` Also: ${entry.aliases.map((alias) => `\`pj ${alias}\``).join(', ')}.` : ''}`,
      );
      parts.push(`\`\`\`\n${usageLine(name, command)}\n\`\`\``);
      if (command.description !== undefined) parts.push(command.description.replaceAll('\n', '\n\n'));
      const args = argumentRows(command);
      if (args.length > 0) parts.push(table(['argument', ''], args));
      const { own } = flagRows(command);
      if (own.length > 0) parts.push(table(['flag', ''], own));
      if (command.samples.length > 0) {
        const width = Math.max(...command.samples.map((sample) => sample.command.length));
        parts.push(
          `\`\`\`sh\n${command.samples.map((s) => `${s.command.padEnd(width)}  # ${s.does}`).join('\n')}\n\`\`\``,
        );
      }
    }
  }
  const { global } = flagRows(await (CATALOG['version'] ?? fail('no version command')).load());
  parts.push('## Flags of every command', table(['flag', ''], [...global, ['-h, --help', 'help']]));
  parts.push(
    `Topics: ${Object.entries(TOPICS)
      .map(([topic, about]) => `\`pj ${topic}\` (${about})`)
      .join(', ')}.`,
  );
  return parts.join('\n\n');
}

function errors(): string {
  const parts = [
    `# Errors\n${made}\n\nEvery error that pj tells has a code; \`pj explain PJ3010\` shows its row. Words in braces are filled in.`,
  ];
  for (const [digit, title] of Object.entries(RANGES)) {
    const rows = Object.entries(ERRORS)
      .filter(([name]) => name.charAt(2) === digit)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    if (rows.length === 0) continue;
    parts.push(`## ${digit}xxx ${title}`);
    parts.push(
      [
        heading('code', 'meaning', 'how to mend it', 'exit'),
        ...rows.map(([name, e]) => row(name, cell(e.message), cell(e.hint), String(e.exit))),
      ].join('\n'),
    );
  }
  return parts.join('\n\n');
}

function exitCodes(): string {
  const rows = Object.entries(EXIT).map(([name, number]) =>
    row(String(number), cell(EXIT_MEANING[name as keyof typeof EXIT])),
  );
  return [
    `# Exit codes\n${made}\n\nOne table for all commands. 2 is never an error.`,
    [heading('code', 'meaning'), ...rows].join('\n'),
    'Commands that only look (`plan`, `status`, `logs`, …) are ended by a signal as any program: a shell sees 130 for Ctrl-C.',
  ].join('\n\n');
}

function descriptor(): string {
  return [
    `# Descriptors and the project file\n${made}\n\nThe same text is in the editor (\`# yaml-language-server: $schema=…\`) and in \`pj explain KEY\`. Every value may be written with \`\${…}\`.`,
    '## A descriptor',
    keyTable(schemaKeys('descriptor.json', join(root, 'schemas'))),
    '## pj.yaml',
    keyTable(schemaKeys('project.json', join(root, 'schemas'))),
  ].join('\n\n');
}

function keyTable(keys: readonly SchemaKey[]): string {
  return [
    heading('key', 'type', 'meaning', 'default'),
    ...keys.map((key) =>
      row(
        code(key.path) + (key.required ? ' (required)' : ''),
        cell(key.type),
        cell(key.description) + (key.examples.length > 0 ? ` Example: ${code(JSON.stringify(key.examples[0]))}` : ''),
        key.default === undefined ? '' : code(JSON.stringify(key.default)),
      ),
    ),
  ].join('\n');
}

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function fail(what: string): never {
  throw new Error(what);
}

const files: Record<string, string> = {
  'commands.md': await commands(),
  'errors.md': errors(),
  'exit-codes.md': exitCodes(),
  'descriptor.md': descriptor(),
};
const dir = join(root, 'docs/reference');
const check = process.argv.includes('--check');
mkdirSync(dir, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const path = join(dir, name);
  const fresh = `${text}\n`;
  if (!check) writeFileSync(path, fresh);
  else if (readOld(path) !== fresh) {
    process.stderr.write(`${path} is not fresh: run npm run generate\n`);
    process.exitCode = 1;
  }
}

function readOld(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // not there: not fresh
  }
}
