import { PjCommand } from '../cli/command.ts';
import { IMPERATIVE_ARGS, IMPERATIVE_FLAGS, runImperative } from '../cli/imperative.ts';

export class Pause extends PjCommand {
  static override summary = 'freeze workloads where they are';
  static override description = 'For kinds that can be paused (VMs, containers).';
  static override args = IMPERATIVE_ARGS;
  static override flags = IMPERATIVE_FLAGS;
  static override samples = [{ command: 'pj pause db', does: 'freeze it' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Pause);
    return runImperative('pause', args.id, flags, this.terminal);
  }
}
