import { string } from '@oclif/core/args';
import { PjCommand } from '../cli/command.ts';
import { execStreams } from '../cli/exec-streams.ts';
import { EXIT, PjError } from '../errors.ts';

export class Console extends PjCommand {
  static override summary = 'the serial console of a virtual machine';
  static override description =
    'Joins this terminal with the serial console of a virtual machine that runs. Ctrl-] leaves it; the machine runs on.';
  static override args = { id: string({ description: 'the workload', required: true }) };
  static override samples = [{ command: 'pj console db', does: 'log in as if you sat in front of it' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Console);
    const project = await this.project(flags);
    const { streams, release } = execStreams(true);
    try {
      if (streams.tty === undefined) {
        const what = 'a console needs a terminal, for its input and its output';
        throw new PjError('PJ6005', { command: 'console', what }, { advice: 'Or read what it says: `pj logs`.' });
      }
      this.note(`The console of ${args.id}. Ctrl-] leaves it; Enter often brings the prompt.`);
      await project.console(args.id, streams);
    } finally {
      release();
    }
    this.note(`\nLeft the console of ${args.id}; it runs on.`);
    return EXIT.ok;
  }
}
