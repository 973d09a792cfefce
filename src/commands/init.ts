import { string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { PjError } from '../errors.ts';
import { shellWord } from '../model/shell-word.ts';

export class Init extends PjCommand {
  static override summary = 'begin a project: pj.yaml, .gitignore, a first descriptor';
  static override description =
    'Writes a commented pj.yaml, a .gitignore line and one descriptor to start from. What is there already is never overwritten.';
  static override flags = {
    from: string({ summary: 'begin with a copy of this project instead', helpValue: 'DIR' }),
  };
  static override samples = [
    { command: 'pj init', does: 'here' },
    { command: 'pj init --dir shop', does: 'in a new directory' },
    { command: 'pj init --from examples/quickstart', does: 'from an example' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(Init);
    const { initProject } = await import('../project/init.ts');
    const dir = flags.dir ?? '.';
    const written = await initProject(dir, {
      env: process.env,
      ...(flags.from === undefined ? {} : { from: flags.from }),
    }).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined || error instanceof PjError) throw error;
      throw new PjError('PJ6010', { path: error.path ?? dir, reason: error.message }, { cause: error });
    });
    for (const file of written) this.print(`wrote ${file}`);
    const at = flags.dir === undefined ? '' : ` --dir ${shellWord(dir)}`;
    const strangers = await this.strangers(dir);
    if (strangers.length > 0) {
      this.note(`\nNot every YAML and JSON file here is a descriptor that pj can read: ${strangers.join(', ')}.`);
      this.note(`\`pj validate${at}\` says why. Leave out what is none in pj.yaml: exclude: [${strangers.join(', ')}]`);
    }
    this.note(`\nNext: pj plan${at}, then pj apply${at}`);
    return 0;
  }

  /** Files that were there before and cannot be read as descriptors: package.json and the like would stop every plan. */
  private async strangers(dir: string): Promise<string[]> {
    const { errors } = await (await this.project({ dir })).validate();
    return [...new Set(errors.flatMap((error) => error.places.slice(0, 1).map(({ file }) => file)))].sort();
  }
}
