import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CATALOG } from '../../src/cli/catalog.ts';
import { readCommandLine } from '../../src/cli/command-line.ts';

const SNAPSHOT = join(import.meta.dirname, 'command-snapshot.json');

/** What users and their scripts rely on: words, aliases, arguments, flags and their kinds. */
async function surface(): Promise<object[]> {
  const commands: object[] = [];
  for (const [name, entry] of Object.entries(CATALOG)) {
    const command = await entry.load();
    commands.push({
      command: name,
      aliases: entry.aliases ?? [],
      args: Object.entries(command.args).map(
        ([arg, { required, multiple }]) => `${arg}${multiple ? '...' : ''}${required ? '' : '?'}`,
      ),
      flags: Object.entries({ ...command.flags, ...command.baseFlags })
        .map(([flag, { type, char, ...rest }]) => {
          const options = 'options' in rest && rest.options !== undefined ? ` ${rest.options.join('|')}` : '';
          const several = 'multiple' in rest && rest.multiple ? '...' : '';
          return `--${flag}${char === undefined ? '' : ` -${char}`} ${type}${several}${options}`;
        })
        .sort(),
    });
  }
  return commands;
}

describe('the command line that scripts rely on', () => {
  it('changes only on purpose (PJ_UPDATE_SNAPSHOT=1 rewrites test/cli/command-snapshot.json)', async () => {
    const now = await surface();
    if (process.env['PJ_UPDATE_SNAPSHOT'] === '1') writeFileSync(SNAPSHOT, `${JSON.stringify(now, undefined, 2)}\n`);
    expect(now).toEqual(JSON.parse(readFileSync(SNAPSHOT, 'utf8')));
  });

  it('has a summary, and examples that are commands and flags that there are', async () => {
    for (const [name, entry] of Object.entries(CATALOG)) {
      const command = await entry.load();
      expect(command.summary, name).toMatch(/^[a-z].*[^.]$/);
      expect(command.samples.length, name).toBeGreaterThan(0);
      for (const sample of command.samples) {
        for (const [, words = ''] of sample.command.matchAll(/\bpj ([^|&;>)]*)/g)) {
          const asked = readCommandLine(words.trim().split(/\s+/));
          if (asked.type !== 'command') throw new Error(`${sample.command} is no command`);
          const shown = await CATALOG[asked.name]?.load();
          const flags = { ...shown?.flags, ...shown?.baseFlags };
          for (const word of asked.argv.filter((one) => /^--./.test(one)))
            expect(flags, sample.command).toHaveProperty(word.slice(2));
        }
      }
    }
  });

  it('describes every flag and argument', async () => {
    for (const [name, entry] of Object.entries(CATALOG)) {
      const command = await entry.load();
      for (const [flag, { summary }] of Object.entries({ ...command.flags, ...command.baseFlags }))
        expect(summary, `pj ${name} --${flag}`).toMatch(/\S/);
      for (const [arg, { description }] of Object.entries(command.args))
        expect(description, `pj ${name} ${arg}`).toMatch(/\S/);
    }
  });
});
