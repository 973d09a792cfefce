import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { installUnit } from '../../cli/systemd-unit.ts';
import { EXIT } from '../../errors.ts';

export class AgentInstall extends PjCommand {
  static override summary = 'write a systemd unit that keeps the agent up';
  static override description =
    'Prints a systemd unit that starts the agent of this project at boot. With --write it is put where systemd looks for it (of the system as root, else of the user); it is not enabled: the command for that is printed.';
  static override flags = { write: boolean({ summary: 'put it in place' }) };
  static override samples = [
    { command: 'pj agent install', does: 'only look at it' },
    { command: 'pj agent install --write', does: 'put it in place' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentInstall);
    const project = await this.project(flags);
    const text = await project.agent.unit();
    if (!flags.write) {
      this.print(text);
      return EXIT.ok;
    }
    const { path, next } = installUnit(text, project.dir, process.env, process.getuid?.() ?? 0);
    this.print(`Wrote ${path}.`);
    this.note(`Enable it:\n  ${next}`);
    return EXIT.ok;
  }
}
