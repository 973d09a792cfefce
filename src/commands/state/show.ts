import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { EXIT, PjError } from '../../errors.ts';
import { stateResource } from '../../views/state-json.ts';
import { stateToText } from '../../views/state-text.ts';

export class StateShow extends PjCommand {
  static override summary = 'what the state knows of one workload';
  static override args = { id: string({ description: 'the workload', required: true }) };
  static override flags = { json: boolean({ summary: 'for programs' }) };
  static override samples = [{ command: 'pj state show web', does: 'its spec and its attributes' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(StateShow);
    const snapshot = await (await this.project(flags)).state.load();
    const record =
      snapshot !== undefined && Object.hasOwn(snapshot.workloads, args.id) ? snapshot.workloads[args.id] : undefined;
    if (record === undefined) throw new PjError('PJ3050', { id: args.id });
    if (flags.json) this.printJson(stateResource(record));
    else this.print(stateToText(snapshot, await this.terminal.screen(), [args.id]));
    return EXIT.ok;
  }
}
