import { PjCommand } from '../../cli/command.ts';
import { EXIT } from '../../errors.ts';

export class StatePull extends PjCommand {
  static override summary = 'print the whole state as JSON';
  static override description =
    'Prints the state as it is now, the journal of a killed run folded in. No sensitive value is in it.';
  static override samples = [
    { command: 'pj state pull > backup.state', does: 'a copy (a *.json here would be read as a descriptor)' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(StatePull);
    const text = await (await this.project(flags)).state.pull();
    if (text === undefined) this.note('There is no state yet.');
    else this.print(text);
    return EXIT.ok;
  }
}
