import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { LOCK_FLAGS, lockTimeout } from '../../cli/flags.ts';
import { readInput } from '../../cli/read-input.ts';
import { EXIT } from '../../errors.ts';
import { plural } from '../../views/wording.ts';

export class StatePush extends PjCommand {
  static override summary = 'replace the state by one that was pulled';
  static override description =
    'Checks the state given (its invariants, its lineage, its serial) and puts it in place of the one here, of which a backup stays.';
  static override args = { file: string({ description: 'what `pj state pull` printed; - is stdin', required: true }) };
  static override flags = { ...LOCK_FLAGS, force: boolean({ summary: 'also another lineage, or an older serial' }) };
  static override samples = [{ command: 'pj state push backup.state', does: 'put it back' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(StatePush);
    const text = await readInput(args.file);
    const pushed = await (await this.project(flags)).state.push(text, {
      force: flags.force,
      lockTimeout: lockTimeout(flags),
    });
    const { changed, serial, workloads, dangling } = pushed;
    if (changed) this.print(`The state is at serial ${serial} now, with ${plural(workloads, 'workload')}.`);
    else this.print(`The state is the same already: serial ${serial}, ${plural(workloads, 'workload')}.`);
    for (const { from, to } of dangling)
      this.note(`Warning: ${from} depends on ${to}, which this state does not know.`);
    return EXIT.ok;
  }
}
