import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { PROJECT_FLAGS } from '../cli/flags.ts';
import { EXIT } from '../errors.ts';
import { statusToJson, statusToText } from '../views/status-table.ts';

export class Status extends PjCommand {
  static override summary = 'what runs: state, health, since, address, cpu, memory';
  static override args = { id: string({ description: 'only these workloads', multiple: true }) };
  static override flags = { ...PROJECT_FLAGS, json: boolean({ summary: 'for programs' }) };
  static override samples = [
    { command: 'pj status', does: 'everything' },
    { command: 'pj ps web db', does: 'these two' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Status);
    const rows = await (await this.project(flags)).status(args.id ?? []);
    if (flags.json) this.printJson(statusToJson(rows));
    else {
      const screen = await this.terminal.screen();
      this.print(statusToText(rows, this.terminal.tty ? screen : { ...screen, width: Number.POSITIVE_INFINITY }));
    }
    return EXIT.ok;
  }
}
