import { string as arg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { momentFlag } from '../cli/duration.ts';
import { takeInterrupts } from '../cli/interrupts.ts';
import { EXIT, PjError } from '../errors.ts';
import { ACTIVITY_TYPES } from '../model/awake.ts';
import { suggestion } from '../model/nearest.ts';
import { activityLine } from '../views/activity-text.ts';
import { jsonText } from '../views/json-text.ts';

export class Events extends PjCommand {
  static override summary = 'what happened: applies, health, quotas, restarts, drift';
  static override description =
    'Commands and the agent write down what they do and see (.pj/events.ndjson, the last 32 MiB). No agent is needed to read it.';
  static override args = { id: arg({ description: 'only of these workloads', multiple: true }) };
  static override flags = {
    follow: boolean({ char: 'f', summary: 'go on with what comes', default: false }),
    since: string({ summary: 'only what is newer: 5m, 2h, or an ISO date', helpValue: 'TIME' }),
    tail: integer({ char: 'n', summary: 'only the last N', helpValue: 'N', min: 0 }),
    type: string({
      summary: 'only of this type',
      helpValue: 'TYPE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    json: boolean({ summary: 'one JSON object a line (schemas/activity.json)' }),
  };
  static override samples = [
    { command: 'pj events --since 10min', does: 'the last ten minutes' },
    { command: 'pj events -f web', does: 'of web, and on as it comes' },
    { command: 'pj events --type quota_action --json', does: 'for programs' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Events);
    const since = flags.since === undefined ? undefined : momentFlag('--since', flags.since, new Date());
    for (const type of flags.type ?? []) knownType(type);
    const interrupts = takeInterrupts();
    try {
      const events = (await this.project(flags)).events({
        ids: args.id ?? [],
        types: flags.type ?? [],
        follow: Boolean(flags.follow),
        signal: interrupts.drain,
        ...(since === undefined ? {} : { since: Date.parse(since) }),
        ...(flags.tail === undefined ? {} : { tail: flags.tail }),
      });
      const screen = await this.terminal.screen();
      for await (const event of events) {
        if (this.terminal.closed()) break;
        this.print(flags.json ? jsonText(event) : activityLine(event, screen));
      }
      return interrupts.exitCode() ?? EXIT.ok;
    } finally {
      interrupts.dispose();
    }
  }
}

/** Throws PJ6005 for a type that there is not: nothing would ever be shown. */
function knownType(type: string): void {
  if (ACTIVITY_TYPES.some((known) => known === type)) return;
  const what = `--type ${type}: there is no such type${suggestion(type, ACTIVITY_TYPES)}`;
  throw new PjError('PJ6005', { command: 'events', what }, { advice: `There are: ${ACTIVITY_TYPES.join(', ')}.` });
}
