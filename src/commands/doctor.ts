import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { doctorJson, doctorText } from '../cli/doctor-text.ts';
import { PROJECT_FLAGS } from '../cli/flags.ts';
import { EXIT } from '../errors.ts';

export class Doctor extends PjCommand {
  static override summary = 'what this machine can run, and why not the rest';
  static override description =
    'Looks at the host, every engine, the state and the descriptors. Changes nothing.\nExit codes: 0 state and descriptors are well, 1 they are not.';
  static override flags = { ...PROJECT_FLAGS, json: boolean({ summary: 'for programs' }) };
  static override samples = [{ command: 'pj doctor', does: 'what can run here' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(Doctor);
    const diagnosis = await (await this.project(flags)).doctor();
    if (flags.json) this.printJson(doctorJson(diagnosis));
    else this.print(doctorText(diagnosis, await this.terminal.screen()));
    return diagnosis.state.ok && diagnosis.descriptors.ok ? EXIT.ok : EXIT.error;
  }
}
