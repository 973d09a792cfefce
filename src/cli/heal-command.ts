import { EXIT } from '../errors.ts';
import type { Healed, ProjectOptions } from '../index.ts';
import { runApply } from './run-apply.ts';
import type { Terminal } from './terminal.ts';

/** `pj drift --heal HOW`: shows the plan, asks, brings back what drifted. Gives the exit code: 2 where drift is left. */
export async function healCommand(
  how: {
    options: ProjectOptions;
    safe: boolean;
    json: boolean;
    full: boolean;
    lockTimeout: number;
    /** Before: nobody is asked. */
    approved: boolean;
  },
  terminal: Terminal,
): Promise<number> {
  const { safe, lockTimeout } = how;
  let healed: Healed | undefined;
  const command = `pj drift --heal ${safe ? 'safe' : 'always'}`;
  const code = await runApply(
    {
      operation: 'apply',
      command,
      again: command,
      options: how.options,
      request: { lockTimeout },
      question: how.approved
        ? undefined
        : () => ({
            command,
            text: [
              'Do you want to bring these back to how they were applied last?',
              "Only 'yes' will be accepted to approve.",
            ],
            answer: 'yes',
          }),
      show: { summary: false, full: how.full },
      json: how.json,
      jsonInto: undefined,
      execute: async (project, { planFile: _, plan: __, rollback: ___, ...request }) => {
        healed = await project.heal({ ...request, safe, lockTimeout });
        return healed.applied;
      },
    },
    terminal,
  );
  if (healed === undefined) return code;
  const left = [
    ...Object.entries(healed.left),
    ...healed.failed.map(({ id, message }): [string, string] => [id, message]),
  ];
  for (const [id, why] of left.sort()) terminal.err(`Not healed: ${id}: ${why}\n`);
  return code === EXIT.ok && left.length > 0 ? EXIT.changes : code;
}
