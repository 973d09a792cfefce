import { string } from '@oclif/core/args';
import { PjCommand } from '../cli/command.ts';
import { COMPLETION_SCRIPTS } from '../cli/completion-scripts.ts';
import { EXIT } from '../errors.ts';

export class Completion extends PjCommand {
  static override summary = 'shell completion, with the names of workloads';
  static override description =
    'Prints the completion script of a shell. It asks pj for the words, so it stays right when pj changes.';
  static override args = {
    shell: string({ description: 'bash, zsh or fish', required: true, options: ['bash', 'zsh', 'fish'] }),
  };
  static override samples = [
    { command: 'source <(pj completion bash)', does: 'in ~/.bashrc' },
    { command: 'pj completion zsh > ~/.zfunc/_pj', does: 'a folder in $fpath' },
    { command: 'pj completion fish | source', does: 'in config.fish' },
  ];

  async run(): Promise<number> {
    const { args } = await this.parse(Completion);
    const script = COMPLETION_SCRIPTS[args.shell];
    if (script !== undefined) this.print(script);
    return EXIT.ok;
  }
}
