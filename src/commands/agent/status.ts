import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { watchedNames } from '../../cli/watched-names.ts';
import { EXIT } from '../../errors.ts';
import { ago } from '../../views/age.ts';
import { watchLines } from '../../views/agent-watch-text.ts';

export class AgentStatus extends PjCommand {
  static override summary = 'whether the agent runs, and what it watches';
  static override description =
    'Exit codes: 0 it runs, or nothing wants watching; 1 it does not run though something wants watching.';
  static override flags = { json: boolean({ summary: 'for programs' }) };
  static override samples = [
    { command: 'pj agent status', does: 'pid, since when, what it watches, its sampling, metrics, drift' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentStatus);
    const status = await (await this.project(flags)).agent.status();
    if (flags.json) this.printJson({ format_version: '1.0', ...status });
    else if (status.running) {
      const { pid, version, startedAt, active } = status.info;
      this.print(`The agent runs: pid ${pid}, pj ${version}, started ${ago(startedAt, new Date()) ?? startedAt}.`);
      this.print(`It watches ${active.length === 0 ? 'nothing' : watchedNames(active)}.`);
      if (status.watch !== undefined) for (const line of watchLines(status.watch, new Date())) this.print(line);
    } else {
      this.print('The agent does not run.');
      if (status.unwatched.length > 0)
        this.note(`Not watched: ${watchedNames(status.unwatched)}. \`pj agent start\` takes it back.`);
    }
    return status.running || status.unwatched.length === 0 ? EXIT.ok : EXIT.error;
  }
}
