import { string as arg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { momentFlag } from '../cli/duration.ts';
import { printLogs } from '../cli/print-logs.ts';
import { EXIT } from '../errors.ts';

export class Logs extends PjCommand {
  static override summary = 'the output of workloads';
  static override description =
    'Of several, the lines come in the order in which they were written: containers to the millisecond, others to the second. With -f that holds for those that come within a fifth of a second; none waits longer.';
  static override args = { id: arg({ description: 'workloads; none: all', multiple: true }) };
  static override flags = {
    follow: boolean({ char: 'f', summary: 'go on with what comes', default: false }),
    since: string({ summary: 'only what is newer: 5m, 2h, or an ISO date', helpValue: 'TIME' }),
    tail: integer({ char: 'n', summary: 'only the last N lines', helpValue: 'N', min: 0 }),
    timestamps: boolean({ char: 't', summary: 'when each line was written, where that is known' }),
    'no-prefix': boolean({ summary: 'no name before the lines of several' }),
    json: boolean({ summary: 'one JSON object a line: workload, stream, text (at, with --timestamps)' }),
  };
  static override samples = [
    { command: 'pj logs web', does: 'all that it wrote' },
    { command: 'pj logs -f web worker', does: 'both, as it comes' },
    { command: 'pj logs --since 5m', does: 'everybody, the last five minutes' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Logs);
    const project = await this.project(flags, {
      onEvent: (event) => {
        if (event.type === 'diagnostic') this.note(`Warning: ${event.summary} (${event.code})`);
      },
    });
    let ids: readonly string[] = args.id ?? [];
    if (ids.length === 0) {
      const snapshot = await project.state.load();
      if (snapshot === undefined) this.note('Nothing is applied here yet.');
      ids = Object.keys(snapshot?.workloads ?? {});
    }
    const lines = project.logs(args.id ?? [], {
      follow: Boolean(flags.follow),
      ...(flags.timestamps ? { times: true } : {}),
      ...(flags.since === undefined ? {} : { since: momentFlag('--since', flags.since, new Date()) }),
      ...(flags.tail === undefined ? {} : { tail: flags.tail }),
    });
    const { json, timestamps } = flags;
    const named = args.id?.length !== 1 && !flags['no-prefix'];
    await printLogs(lines, { json, named, timestamps, ids }, this.terminal);
    return EXIT.ok;
  }
}
