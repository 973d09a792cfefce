import { PjCommand } from '../cli/command.ts';
import { CASCADE, IMPERATIVE_ARGS, IMPERATIVE_FLAGS, runImperative } from '../cli/imperative.ts';

export class Restart extends PjCommand {
  static override summary = 'stop and start workloads';
  static override description = 'Stops and starts in place, without a change.';
  static override args = IMPERATIVE_ARGS;
  static override flags = { ...IMPERATIVE_FLAGS, ...CASCADE };
  static override samples = [
    { command: 'pj restart web', does: 'stop it, start it' },
    { command: 'pj restart web --cascade', does: 'with all that depend on it' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Restart);
    return runImperative('restart', args.id, flags, this.terminal);
  }
}
