import { string } from '@oclif/core/args';
import { PjCommand } from '../../cli/command.ts';
import { LOCK_FLAGS, lockTimeout } from '../../cli/flags.ts';
import { EXIT } from '../../errors.ts';

export class StateRm extends PjCommand {
  static override summary = 'forget workloads; what runs runs on';
  static override description =
    'Takes workloads out of the state, and out of the care of the agent. Nothing is stopped: what runs runs on, nobody restarts it, and a plan would make it anew where a descriptor asks for it.';
  static override args = { id: string({ description: 'workloads', required: true, multiple: true }) };
  static override flags = LOCK_FLAGS;
  static override samples = [{ command: 'pj state rm web', does: 'pj knows nothing of web any more' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(StateRm);
    const project = await this.project(flags, {
      onEvent: (event) => {
        if (event.type === 'diagnostic') this.note(`Warning: ${event.summary} (${event.code})`);
      },
    });
    const { removed, dependents } = await project.state.rm(args.id, { lockTimeout: lockTimeout(flags) });
    for (const { id } of removed) this.print(`Removed ${id} from the state. What runs runs on.`);
    for (const { from, to } of dependents) this.note(`Warning: ${from} depends on ${to}, which pj no longer knows.`);
    return EXIT.ok;
  }
}
