import { PjCommand } from '../cli/command.ts';
import { CASCADE, IMPERATIVE_ARGS, IMPERATIVE_FLAGS, runImperative } from '../cli/imperative.ts';

export class Stop extends PjCommand {
  static override summary = 'stop workloads';
  static override description =
    'Recorded in the state, so that plan says who stopped it. The next apply starts it again unless its descriptor says `desiredState: stopped`.';
  static override args = IMPERATIVE_ARGS;
  static override flags = { ...IMPERATIVE_FLAGS, ...CASCADE };
  static override samples = [
    { command: 'pj stop web', does: 'stop it' },
    { command: 'pj stop web --cascade', does: 'with all that depend on it' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Stop);
    return runImperative('stop', args.id, flags, this.terminal);
  }
}
