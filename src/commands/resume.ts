import { PjCommand } from '../cli/command.ts';
import { IMPERATIVE_ARGS, IMPERATIVE_FLAGS, runImperative } from '../cli/imperative.ts';

export class Resume extends PjCommand {
  static override summary = 'let paused workloads go on';
  static override description = 'The other end of pause.';
  static override args = IMPERATIVE_ARGS;
  static override flags = IMPERATIVE_FLAGS;
  static override samples = [{ command: 'pj resume db', does: 'let it go on' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Resume);
    return runImperative('resume', args.id, flags, this.terminal);
  }
}
