import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { EXIT } from '../../errors.ts';
import { snapshotTable } from '../../views/snapshot-text.ts';

export class SnapshotList extends PjCommand {
  static override summary = 'the snapshots of a virtual machine, oldest first';
  static override args = { id: string({ description: 'the workload', required: true }) };
  static override flags = { json: boolean({ summary: 'for programs' }) };
  static override samples = [{ command: 'pj snapshot list db', does: 'what db can go back to' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(SnapshotList);
    const snapshots = await (await this.project(flags)).snapshots.list(args.id);
    if (flags.json) this.printJson({ format_version: '1.0', snapshots });
    else if (snapshots.length === 0) this.note(`${args.id} has no snapshots.`);
    else this.print(snapshotTable(snapshots, await this.terminal.screen()));
    return EXIT.ok;
  }
}
