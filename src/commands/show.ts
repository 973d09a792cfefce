import { string as arg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { DETAIL_FLAGS } from '../cli/flags.ts';
import { showPlan } from '../cli/show-plan.ts';
import { EXIT } from '../errors.ts';

export class Show extends PjCommand {
  static override summary = 'a saved plan, or the state';
  static override args = { planfile: arg({ description: 'a saved plan; without one the state is shown' }) };
  static override flags = {
    format: string({
      summary: 'human (default), json (as terraform show -json), markdown',
      options: ['human', 'json', 'markdown'],
    }),
    json: boolean({ summary: 'the same as --format json', exclusive: ['format'] }),
    ...DETAIL_FLAGS,
  };
  static override samples = [
    { command: 'pj show p', does: 'a saved plan' },
    { command: 'pj show --json p', does: 'for policy and review tools' },
    { command: 'pj show', does: 'the state' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Show);
    const format = flags.json ? 'json' : (flags.format ?? 'human');
    const project = await this.project(flags);
    if (args.planfile !== undefined) {
      const plan = await project.loadPlan(args.planfile);
      await showPlan(plan, { ...flags, format, saved: true }, this.terminal);
      return EXIT.ok;
    }
    const snapshot = await project.state.load();
    if (format === 'json') this.printJson((await import('../views/state-json.ts')).stateToJson(snapshot));
    else {
      const { stateToMarkdown, stateToText } = await import('../views/state-text.ts');
      const screen = await this.terminal.screen();
      this.print(format === 'markdown' ? stateToMarkdown(snapshot, screen.now) : stateToText(snapshot, screen));
    }
    return EXIT.ok;
  }
}
