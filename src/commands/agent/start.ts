import { PjCommand } from '../../cli/command.ts';
import { EXIT } from '../../errors.ts';

export class AgentStart extends PjCommand {
  static override summary = 'start the agent of this project where it does not run';
  static override description = 'An apply starts it by itself. A new agent takes back what runs already.';
  static override samples = [{ command: 'pj agent start', does: 'after a reboot, say' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentStart);
    const { info, started } = await (await this.project(flags)).agent.start();
    this.print(`The agent ${started ? 'runs now' : 'ran already'}: pid ${info.pid}.`);
    return EXIT.ok;
  }
}
