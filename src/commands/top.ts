import { basename } from 'node:path';
import { string as arg } from '@oclif/core/args';
import { boolean, integer, string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { durationFlag } from '../cli/duration.ts';
import { takeInterrupts } from '../cli/interrupts.ts';
import { EXIT, PjError } from '../errors.ts';
import { TOP_SORTS, type TopSort } from '../model/top.ts';

/** Seconds. */
const SHORTEST = 0.1;

export class Top extends PjCommand {
  static override summary = 'what everything uses, live: cpu, memory, network, disk';
  static override description =
    'The samples are those of the agent, where one runs; else this command takes them itself. On a terminal the table is live (? shows its keys); else one table is printed, of two samples.';
  static override args = { id: arg({ description: 'only these workloads', multiple: true }) };
  static override flags = {
    sort: string({ summary: 'the first column that matters', options: [...TOP_SORTS], default: 'cpu' }),
    interval: string({ summary: 'so long between two looks (2s, 500ms)', helpValue: 'TIME', default: '1s' }),
    count: integer({ char: 'n', summary: 'end after N looks', helpValue: 'N', min: 1, exclusive: ['once'] }),
    once: boolean({ summary: 'one table, not live' }),
    json: boolean({ summary: 'one JSON object a line, a look each (schemas/top.json)' }),
  };
  static override samples = [
    { command: 'pj top', does: 'everything, the busiest first' },
    { command: 'pj top web db --sort memory', does: 'these two' },
    { command: 'pj top --once --json', does: 'for programs' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Top);
    const seconds = durationFlag('--interval', flags.interval);
    if (seconds < SHORTEST) {
      const what = `--interval ${flags.interval}: at least 100ms`;
      throw new PjError('PJ6005', { command: 'top', what });
    }
    const interrupts = takeInterrupts();
    const stop = new AbortController();
    const end = (): void => stop.abort();
    interrupts.drain.addEventListener('abort', end);
    try {
      const project = await this.project(flags);
      const ids = args.id ?? [];
      const interval = seconds * 1000;
      const looks = project.top(ids, { interval, signal: stop.signal });
      const count = flags.once ? 1 : flags.count;
      const request = { sort: flags.sort as TopSort, interval, count, title: basename(project.dir) };
      const { topLines, topLive, topTables } = await import('../cli/run-top.ts');
      if (flags.json) await topLines(looks, request, this.terminal);
      else if (this.terminal.live && !flags.once) await topLive(looks, request, this.terminal, stop);
      else await topTables(looks, request, this.terminal);
      return interrupts.exitCode() ?? EXIT.ok;
    } finally {
      interrupts.drain.removeEventListener('abort', end);
      interrupts.dispose();
    }
  }
}
