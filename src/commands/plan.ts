import { boolean, string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { DETAIL_FLAGS, EVENT_FLAGS, PLAN_FLAGS, PROJECT_FLAGS, planRequest } from '../cli/flags.ts';
import { hasChanges, showPlan } from '../cli/show-plan.ts';
import { watch } from '../cli/watch.ts';
import { EXIT } from '../errors.ts';
import { VERSION } from '../version.ts';

export class PlanCommand extends PjCommand {
  static override summary = 'show what would happen, and why';
  static override description =
    'Compares the descriptors, the state and what really runs, and shows what apply would do, why, who restarts and who goes down. Changes nothing.\nExit codes: 0 planned, 1 error; with --detailed-exitcode 2 when there is something to do.';
  static override flags = {
    ...PROJECT_FLAGS,
    out: string({ summary: 'save the plan, for `pj apply FILE`', helpValue: 'FILE' }),
    ...PLAN_FLAGS,
    format: string({
      summary: 'human: for a terminal; json: as terraform show -json; markdown: a pull request comment',
      options: ['human', 'json', 'markdown'],
      default: 'human',
      exclusive: ['json'],
    }),
    ...DETAIL_FLAGS,
    ...EVENT_FLAGS,
    'detailed-exitcode': boolean({ summary: 'exit 2 when there is something to do' }),
  };
  static override samples = [
    { command: 'pj plan', does: 'what would happen, and why' },
    { command: 'pj plan --out p', does: 'save it: `pj apply p` does exactly that' },
    { command: 'pj plan --target web', does: 'only web and what it depends on' },
    { command: 'pj plan --format markdown', does: 'a pull request comment' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(PlanCommand);
    const watching = await watch(this.terminal, {
      json: flags.json,
      jsonInto: flags['json-into'],
      operation: 'plan',
      version: VERSION,
    });
    try {
      const project = await this.project(flags, { onEvent: watching.listen });
      const request = planRequest(flags);
      const plan = flags.out === undefined ? await project.plan(request) : await project.savePlan(flags.out, request);
      if (!flags.json) await showPlan(plan, flags, this.terminal);
      return flags['detailed-exitcode'] && hasChanges(plan) ? EXIT.changes : EXIT.ok;
    } catch (error) {
      watching.fail(error);
      throw error;
    } finally {
      await watching.close();
    }
  }
}
