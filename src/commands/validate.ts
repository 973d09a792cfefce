import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { noDescriptors } from '../cli/empty-project.ts';
import { PROJECT_FLAGS } from '../cli/flags.ts';
import { EXIT, PjError } from '../errors.ts';
import { diagnosticsToJson, diagnosticText, warningText } from '../views/diagnostic.ts';

export class Validate extends PjCommand {
  static override summary = 'check every descriptor';
  static override description =
    'Reads every descriptor and pj.yaml and tells all that is wrong, each with its place and how to mend it. Asks no engine.';
  static override flags = { ...PROJECT_FLAGS, json: boolean({ summary: "for programs, shaped as Terraform's" }) };
  static override samples = [
    { command: 'pj validate', does: 'all errors of all files' },
    { command: 'pj validate --json', does: 'for an editor or CI' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(Validate);
    const { errors, warnings, workloads } = await (await this.project(flags)).validate();
    const code = errors.length > 0 ? EXIT.error : EXIT.ok;
    if (flags.json) {
      this.printJson(diagnosticsToJson(errors, warnings));
      return code;
    }
    const screen = await this.terminal.errScreen();
    for (const warning of warnings) this.note(warningText(warning, screen));
    if (errors.length > 0)
      this.note(diagnosticText(new PjError('PJ1000', { count: errors.length }, { others: errors }), screen));
    else
      this.print(
        `Success! The configuration is valid: ${workloads.length} workload${workloads.length === 1 ? '' : 's'}.`,
      );
    if (errors.length === 0 && workloads.length === 0) this.note(noDescriptors(flags.dir));
    return code;
  }
}
