import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { EXIT } from '../errors.ts';

export class Fmt extends PjCommand {
  static override summary = 'rewrite descriptors in one style, comments kept';
  static override flags = { check: boolean({ summary: 'change nothing; exit 1 when a file would be rewritten' }) };
  static override samples = [
    { command: 'pj fmt', does: 'rewrite what is not in style' },
    { command: 'pj fmt --check', does: 'for CI: only tell' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(Fmt);
    const { formatProject } = await import('../project/fmt.ts');
    const changed = await formatProject(flags.dir ?? '.', { write: !flags.check });
    for (const file of changed) this.print(file);
    return flags.check && changed.length > 0 ? EXIT.error : EXIT.ok;
  }
}
