import { string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';

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
    });
    for (const file of written) this.print(`wrote ${file}`);
    const at = flags.dir === undefined ? '' : ` --dir ${dir}`;
    this.note(`\nNext: pj plan${at}, then pj apply${at}`);
    return 0;
  }
}
