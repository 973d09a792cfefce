import { PjCommand } from '../cli/command.ts';
import { IMPERATIVE_ARGS, IMPERATIVE_FLAGS, runImperative } from '../cli/imperative.ts';

export class Start extends PjCommand {
  static override summary = 'start workloads that are stopped';
  static override description =
    "Recorded in the state, so that plan says who started it. The descriptor's desiredState stays what plan compares with.";
  static override args = IMPERATIVE_ARGS;
  static override flags = IMPERATIVE_FLAGS;
  static override samples = [{ command: 'pj start web', does: 'start it again' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Start);
    return runImperative('start', args.id, flags, this.terminal);
  }
}
