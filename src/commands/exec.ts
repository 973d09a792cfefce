import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { execStreams } from '../cli/exec-streams.ts';
import { PjError } from '../errors.ts';

export class Exec extends PjCommand {
  static override summary = 'run a command in a workload';
  static override description =
    'Runs a command in a container or a virtual machine that runs, with the terminal where there is one. Ends with the exit code of the command.\nIn a virtual machine the guest agent runs it: without a terminal (`pj console` is one), and the output comes when it has ended.';
  static override args = {
    id: string({ description: 'the workload', required: true }),
    command: string({ description: 'the command and its arguments, after `--`', required: true, multiple: true }),
  };
  static override flags = {
    tty: boolean({ char: 't', summary: 'fail where the command gets no terminal', exclusive: ['no-tty'] }),
    'no-tty': boolean({ char: 'T', summary: 'no terminal for the command, even where there is one' }),
  };
  static override samples = [
    { command: 'pj exec db -- redis-cli ping', does: 'one command' },
    { command: 'pj exec web -- sh', does: 'a shell' },
    { command: 'pj exec vm -- /bin/df -h', does: 'one command in a guest' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Exec);
    const { streams, release } = execStreams(!flags['no-tty'], flags.tty);
    try {
      if (flags.tty && streams.tty === undefined)
        throw new PjError('PJ6005', { command: 'exec', what: '-t needs a terminal, for its input and its output' });
      return await (await this.project(flags)).exec(args.id, args.command, streams);
    } finally {
      release();
    }
  }
}
