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

const { rollback: _notHere, ...RUN } = RUN_FLAGS;

export class Destroy extends PjCommand {
  static override summary = 'destroy everything that pj made here';
  static override description =
    "Plans to destroy every workload of the state, shows the plan, asks for the project's name and carries it out. Logs and the state stay.";
  static override flags = {
    ...PROJECT_FLAGS,
    ...RUN,
    'no-refresh': PLAN_FLAGS['no-refresh'],
    target: PLAN_FLAGS.target,
    exclude: PLAN_FLAGS.exclude,
    'allow-data-loss': PLAN_FLAGS['allow-data-loss'],
    'destroy-volumes': PLAN_FLAGS['destroy-volumes'],
    prune: PLAN_FLAGS.prune,
    ...DETAIL_FLAGS,
    ...EVENT_FLAGS,
  };
  static override samples = [
    { command: 'pj destroy', does: "asks for the project's name" },
    { command: 'pj destroy --target web', does: 'web and what depends on it' },
    { command: 'pj plan --destroy --out p', does: 'a plan to destroy, to be reviewed first' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(Destroy);
    const { parallelism } = flags;
    return runApply(
      {
        operation: 'destroy',
        command: 'pj destroy',
        options: projectOptions(flags),
        request: {
          plan: planRequest({ ...flags, destroy: true }),
          ...(parallelism === undefined ? {} : { parallelism }),
          lockTimeout: lockTimeout(flags),
        },
        question: flags['auto-approve']
          ? undefined
          : (plan) => ({
              command: 'pj destroy',
              text: [
                'Do you really want to destroy all of this?',
                'pj will destroy everything shown above. There is no undo.',
                `Only the name of the project, '${plan.project}', will be accepted to confirm.`,
              ],
              answer: plan.project,
            }),
        show: flags,
        json: flags.json,
        jsonInto: flags['json-into'],
        execute: (project, request) => project.destroy(request),
      },
      this.terminal,
    );
  }
}
