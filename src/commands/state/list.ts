import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { EXIT } from '../../errors.ts';
import { stateList } from '../../views/state-text.ts';

export class StateList extends PjCommand {
  static override summary = 'the workloads in the state, one id a line';
  static override flags = { json: boolean({ summary: 'for programs' }) };
  static override samples = [{ command: 'pj state list', does: 'one id a line' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(StateList);
    const snapshot = await (await this.project(flags)).state.load();
    if (flags.json) {
      const workloads = Object.values(snapshot?.workloads ?? {}).map(({ id, kind, state }) => ({ id, kind, state }));
      this.printJson({ format_version: '1.0', workloads: workloads.sort((a, b) => (a.id < b.id ? -1 : 1)) });
    } else this.print(stateList(snapshot));
    return EXIT.ok;
  }
}
