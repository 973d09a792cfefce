import { string } from '@oclif/core/args';
import { PjCommand } from '../cli/command.ts';
import {
  DETAIL_FLAGS,
  EVENT_FLAGS,
  lockTimeout,
  PLAN_FLAGS,
  PROJECT_FLAGS,
  planRequest,
  projectOptions,
  RUN_FLAGS,
} from '../cli/flags.ts';
import { runApply } from '../cli/run-apply.ts';
import { PjError } from '../errors.ts';

/** Flags that say what is planned, so that a saved plan cannot honour them. */
const PLANNING = Object.keys({ ...PROJECT_FLAGS, ...PLAN_FLAGS });

export class Apply extends PjCommand {
  static override summary = 'plan, ask, and do exactly that';
  static override description =
    'Plans, shows the plan, asks for `yes` and carries it out. With a saved plan it does exactly those steps, without asking, or refuses when something moved since.\nCtrl-C once: running steps finish and no other starts. Twice: stop at once; the next run cleans up.';
  static override args = { planfile: string({ description: 'a plan that `pj plan --out` saved' }) };
  static override flags = { ...PROJECT_FLAGS, ...RUN_FLAGS, ...PLAN_FLAGS, ...DETAIL_FLAGS, ...EVENT_FLAGS };
  static override samples = [
    { command: 'pj apply', does: 'plan, ask, do it' },
    { command: 'pj apply p', does: 'exactly what `pj plan --out p` showed' },
    { command: 'pj apply --auto-approve', does: 'without asking' },
    { command: 'pj apply --replace web', does: 'make web anew though nothing changed' },
  ];

  async run(): Promise<number> {
    const { flags, args, raw } = await this.parse(Apply);
    const planFile = args.planfile;
    if (planFile !== undefined) {
      const given = new Set(raw.flatMap((token) => (token.type === 'flag' ? [token.flag] : [])));
      const refused = PLANNING.filter((name) => given.has(name)).map((name) => `--${name}`);
      if (refused.length > 0) throw new PjError('PJ6006', { flags: refused.join(', ') });
    }
    const { parallelism, rollback } = flags;
    return runApply(
      {
        operation: flags.destroy ? 'destroy' : 'apply',
        command: 'pj apply',
        options: projectOptions(flags),
        request: {
          ...(planFile === undefined ? { plan: planRequest(flags) } : { planFile }),
          ...(parallelism === undefined ? {} : { parallelism }),
          rollback,
          lockTimeout: lockTimeout(flags),
        },
        question:
          planFile !== undefined || flags['auto-approve']
            ? undefined
            : () => ({
                command: 'pj apply',
                text: [
                  'Do you want to perform these actions?',
                  'pj will perform the actions described above.',
                  "Only 'yes' will be accepted to approve.",
                ],
                answer: 'yes',
              }),
        show: planFile === undefined ? flags : undefined,
        json: flags.json,
        jsonInto: flags['json-into'],
        execute: (project, request) => project.apply(request),
      },
      this.terminal,
    );
  }
}
