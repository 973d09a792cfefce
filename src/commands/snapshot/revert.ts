import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { approve, needsSomebody } from '../../cli/approval.ts';
import { PjCommand } from '../../cli/command.ts';
import { LOCK_FLAGS, lockTimeout } from '../../cli/flags.ts';
import { takeInterrupts } from '../../cli/interrupts.ts';
import { EXIT } from '../../errors.ts';
import { lossLines } from '../../views/snapshot-text.ts';

const COMMAND = 'pj snapshot revert';

export class SnapshotRevert extends PjCommand {
  static override summary = 'bring a virtual machine back to what it was; all since then is lost';
  static override description =
    'Brings the disks of a virtual machine, and its memory where it is in the snapshot, back to what they were. Everything since then is lost, so it asks for `yes`. The machine then runs, or is off, as it was.';
  static override args = {
    id: string({ description: 'the workload', required: true }),
    name: string({ description: 'the snapshot', required: true }),
  };
  static override flags = { 'auto-approve': boolean({ summary: 'do not ask' }), ...LOCK_FLAGS };
  static override samples = [
    { command: 'pj snapshot revert db before-upgrade', does: 'shows what is lost, asks, goes back' },
    { command: 'pj snapshot revert db before-upgrade --auto-approve', does: 'without asking' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(SnapshotRevert);
    const { id, name } = args;
    if (!flags['auto-approve']) needsSomebody(COMMAND, this.terminal);
    const interrupts = takeInterrupts();
    try {
      const project = await this.project(flags, { signal: interrupts.abort });
      const done = await project.snapshots.revert(id, name, {
        lockTimeout: lockTimeout(flags),
        approve: async (snapshot, later) => {
          const text = lossLines(id, snapshot, later, new Date());
          if (flags['auto-approve']) this.note(text.join('\n'));
          else if (!(await approve(questionOf(id, name, text), this.terminal, interrupts))) return false;
          return !interrupts.drain.aborted;
        },
      });
      if (done.outcome === 'declined') {
        this.note('\nRevert cancelled. Nothing was done.');
        return interrupts.exitCode() ?? EXIT.declined;
      }
      this.print(`${id} is what it was at ${name}; it is ${done.status}.`);
      return EXIT.ok;
    } finally {
      interrupts.dispose();
    }
  }
}

const questionOf = (id: string, name: string, text: readonly string[]) => ({
  command: COMMAND,
  text: [`Do you want to bring ${id} back to ${name}?`, ...text, "Only 'yes' will be accepted to approve."],
  answer: 'yes',
});
