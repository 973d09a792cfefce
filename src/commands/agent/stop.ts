import { PjCommand } from '../../cli/command.ts';
import { watchedNames } from '../../cli/watched-names.ts';
import { EXIT } from '../../errors.ts';

export class AgentStop extends PjCommand {
  static override summary = 'end the agent; workloads run on';
  static override description = 'Workloads run on, but nobody restarts what crashes until an agent runs again.';
  static override samples = [{ command: 'pj agent stop', does: 'end it' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentStop);
    const { stopped, left } = await (await this.project(flags)).agent.stop();
    this.print(stopped ? 'The agent has ended.' : 'No agent ran.');
    if (left.length > 0)
      this.note(`Runs on, with nobody to restart it: ${watchedNames(left)}. \`pj agent start\` takes it back.`);
    return EXIT.ok;
  }
}
