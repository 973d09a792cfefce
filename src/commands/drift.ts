import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { PROJECT_FLAGS } from '../cli/flags.ts';
import { EXIT } from '../errors.ts';
import { driftToJson, driftToText } from '../views/drift-text.ts';

export class DriftCommand extends PjCommand {
  static override summary = 'what has moved outside pj since the last apply';
  static override description =
    'Compares what really runs with what was last applied, and tells for each workload what changed and, where the engine knows, when and how. Descriptors do not matter here.\nExit codes: 0 no drift, 2 drift, 1 error.';
  static override flags = {
    ...PROJECT_FLAGS,
    full: boolean({ summary: 'unchanged attributes too' }),
    json: boolean({ summary: 'for programs, shaped as the resource_drift of a plan' }),
  };
  static override samples = [{ command: 'pj drift || page somebody', does: 'from cron' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(DriftCommand);
    const drift = await (await this.project(flags)).drift();
    if (flags.json) this.printJson(driftToJson(drift, { timestamp: new Date().toISOString() }));
    else this.print(await driftToText(drift, { ...(await this.terminal.screen()), full: flags.full }));
    return drift.length > 0 ? EXIT.changes : EXIT.ok;
  }
}
