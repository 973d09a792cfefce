import { string } from '@oclif/core/args';
import { PjCommand } from '../../cli/command.ts';
import { LOCK_FLAGS, lockTimeout } from '../../cli/flags.ts';
import { EXIT } from '../../errors.ts';

export class StateMv extends PjCommand {
  static override summary = 'rename a workload without replacing it';
  static override description =
    'Renames it in the state, and in what depends on it. Rename its descriptor too. `moved:` in pj.yaml does the same for everybody who applies.';
  static override args = {
    from: string({ description: 'its id now', required: true }),
    to: string({ description: 'its id from now on', required: true }),
  };
  static override flags = LOCK_FLAGS;
  static override samples = [{ command: 'pj state mv web frontend', does: 'web is called frontend' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(StateMv);
    await (await this.project(flags)).state.mv(args.from, args.to, { lockTimeout: lockTimeout(flags) });
    this.print(`Moved ${args.from} to ${args.to}.`);
    return EXIT.ok;
  }
}
