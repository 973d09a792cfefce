import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { LOCK_FLAGS, lockTimeout } from '../../cli/flags.ts';
import { EXIT } from '../../errors.ts';
import { safe } from '../../views/text-safety.ts';

export class SnapshotCreate extends PjCommand {
  static override summary = 'keep the disks of a virtual machine, and its memory, as they are now';
  static override description =
    'Keeps what a virtual machine is at this moment, so that it can go back to it. One that runs is kept with its memory, and goes on from there when it is reverted; it stands still meanwhile.';
  static override args = {
    id: string({ description: 'the workload', required: true }),
    name: string({ description: 'its name (default: the time, in UTC)' }),
  };
  static override flags = {
    'disks-only': boolean({ summary: 'without the memory of a machine that runs: as after a power cut' }),
    quiesce: boolean({ summary: 'the guest agent brings the file systems to rest meanwhile; fails where it cannot' }),
    description: text({ summary: 'what it is for', helpValue: 'TEXT' }),
    json: boolean({ summary: 'for programs' }),
    ...LOCK_FLAGS,
  };
  static override samples = [
    { command: 'pj snapshot create db before-upgrade', does: 'disks and memory' },
    { command: 'pj snapshot create db --disks-only --quiesce', does: 'disks alone, file systems at rest' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(SnapshotCreate);
    const made = await (await this.project(flags)).snapshots.create(args.id, {
      ...(args.name === undefined ? {} : { name: args.name }),
      memory: !flags['disks-only'],
      quiesce: flags.quiesce,
      ...(flags.description === undefined ? {} : { description: flags.description }),
      lockTimeout: lockTimeout(flags),
    });
    if (flags.json) this.printJson({ format_version: '1.0', snapshot: made });
    else this.print(`Snapshot ${safe(made.name)} of ${args.id} made: ${made.memory ? 'disks and memory' : 'disks'}.`);
    return EXIT.ok;
  }
}
