import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { EXIT } from '../errors.ts';
import { diffPlans, planDiffToText } from '../views/plan-diff.ts';

export class PlanDiff extends PjCommand {
  static override summary = 'compare two saved plans';
  static override description = 'Tells what the second plan does otherwise than the first.';
  static override args = {
    a: string({ description: 'a saved plan', required: true }),
    b: string({ description: 'another', required: true }),
  };
  static override flags = {
    json: boolean({ summary: 'for programs' }),
    'detailed-exitcode': boolean({ summary: 'exit 2 when they differ' }),
  };
  static override samples = [{ command: 'pj plan diff reviewed now', does: 'is it still what was reviewed?' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(PlanDiff);
    const project = await this.project(flags);
    const [a, b] = await Promise.all([project.loadPlan(args.a), project.loadPlan(args.b)]);
    const diff = diffPlans(a, b);
    if (flags.json) this.printJson({ format_version: '1.0', ...diff });
    else this.print(planDiffToText(diff, { ...(await this.terminal.screen()), names: [args.a, args.b] }));
    return flags['detailed-exitcode'] && !diff.same ? EXIT.changes : EXIT.ok;
  }
}
