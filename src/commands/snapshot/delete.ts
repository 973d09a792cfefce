import { string } from '@oclif/core/args';
import { PjCommand } from '../../cli/command.ts';
import { LOCK_FLAGS, lockTimeout } from '../../cli/flags.ts';
import { EXIT } from '../../errors.ts';

export class SnapshotDelete extends PjCommand {
  static override summary = 'delete a snapshot; the machine stays as it is';
  static override args = {
    id: string({ description: 'the workload', required: true }),
    name: string({ description: 'the snapshot', required: true }),
  };
  static override flags = LOCK_FLAGS;
  static override samples = [
    { command: 'pj snapshot delete db before-upgrade', does: 'db cannot go back to it any more' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(SnapshotDelete);
    await (await this.project(flags)).snapshots.delete(args.id, args.name, { lockTimeout: lockTimeout(flags) });
    this.print(`Snapshot ${args.name} of ${args.id} deleted.`);
    return EXIT.ok;
  }
}
