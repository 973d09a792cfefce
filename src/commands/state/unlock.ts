import { string } from '@oclif/core/args';
import { PjCommand } from '../../cli/command.ts';
import { EXIT } from '../../errors.ts';

export class StateUnlock extends PjCommand {
  static override summary = 'take a lock away whose holder will not come back';
  static override description =
    'A lock whose process is gone is taken over by the next run by itself; this is for one on another host. Two runs at once can lose what the other recorded.';
  static override args = {
    lock_id: string({ description: 'the id that the message about the lock tells', required: true }),
  };
  static override samples = [{ command: 'pj state unlock 3f2a...', does: 'take it away' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(StateUnlock);
    const lock = await (await this.project(flags)).state.unlock(args.lock_id);
    this.print(
      `Removed the lock of ${lock.who} on ${lock.host} (pid ${lock.pid}, ${lock.operation}, since ${lock.at}).`,
    );
    return EXIT.ok;
  }
}
