import { boolean, string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { durationFlag } from '../cli/duration.ts';
import { LOCK_FLAGS, lockTimeout, PROJECT_FLAGS, projectOptions } from '../cli/flags.ts';
import { healCommand } from '../cli/heal-command.ts';
import { takeInterrupts } from '../cli/interrupts.ts';
import { watchDrift } from '../cli/watch-drift.ts';
import { EXIT, PjError } from '../errors.ts';
import { SHORTEST_DRIFT } from '../model/awake.ts';
import { driftToJson, driftToText } from '../views/drift-text.ts';

export class DriftCommand extends PjCommand {
  static override summary = 'what has moved outside pj since the last apply';
  static override description =
    'Compares what really runs with what was last applied, and tells for each workload what changed and, where the engine knows, when and how. Descriptors do not matter here.\n--watch looks again and again and prints each change until Ctrl-C. --heal brings what moved back to how it was applied last, in order, on health.\nExit codes: 0 no drift (or all of it healed), 2 drift (is left), 1 error, 130 interrupted while it healed.';
  static override flags = {
    ...PROJECT_FLAGS,
    full: boolean({ summary: 'unchanged attributes too' }),
    json: boolean({ summary: 'for programs, shaped as the resource_drift of a plan; with --watch one object a line' }),
    watch: boolean({ summary: 'look again and again, and print each change', exclusive: ['heal'] }),
    interval: string({
      summary: 'with --watch: between two looks (5s, 1m), at least 1s; default: 5s',
      helpValue: 'TIME',
      dependsOn: ['watch'],
    }),
    heal: string({
      summary: 'bring it back; safe: only what needs no replace and loses no data',
      options: ['safe', 'always'],
      helpValue: 'HOW',
    }),
    ...LOCK_FLAGS,
    'auto-approve': boolean({ summary: 'with --heal: do not ask', dependsOn: ['heal'] }),
  };
  static override samples = [
    { command: 'pj drift || page somebody', does: 'from cron' },
    { command: 'pj drift --watch', does: 'each change as it comes' },
    { command: 'pj drift --heal safe', does: 'bring back what died or was changed' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(DriftCommand);
    if (flags.heal !== undefined) {
      const { json, heal } = flags;
      return healCommand(
        {
          options: projectOptions(flags),
          safe: heal === 'safe',
          json,
          full: flags.full,
          lockTimeout: lockTimeout(flags),
          approved: flags['auto-approve'],
        },
        this.terminal,
      );
    }
    if (flags.watch) {
      const interrupts = takeInterrupts();
      try {
        const project = await this.project(flags, { signal: interrupts.drain });
        const seconds = intervalOf(flags.interval);
        return await watchDrift(project, { json: flags.json, seconds, signal: interrupts.drain }, this.terminal);
      } finally {
        interrupts.dispose();
      }
    }
    const drift = await (await this.project(flags)).drift();
    if (flags.json) this.printJson(driftToJson(drift, { timestamp: new Date().toISOString() }));
    else this.print(await driftToText(drift, { ...(await this.terminal.screen()), full: flags.full }));
    return drift.length > 0 ? EXIT.changes : EXIT.ok;
  }
}

/** Seconds between two looks. Throws PJ6005, PJ6008. */
function intervalOf(text: string | undefined): number {
  if (text === undefined) return 5;
  const seconds = durationFlag('--interval', text);
  if (seconds >= SHORTEST_DRIFT) return seconds;
  throw new PjError('PJ6005', { command: 'drift', what: `--interval ${text}: at least ${SHORTEST_DRIFT} s` });
}
