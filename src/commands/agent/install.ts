import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../../cli/command.ts';
import { installUnit, systemctl, systemdRuns, unitPlace } from '../../cli/systemd-unit.ts';
import { EXIT, PjError } from '../../errors.ts';

export class AgentInstall extends PjCommand {
  static override summary = 'write a systemd unit that keeps the agent up';
  static override description =
    'Prints a systemd unit that starts the agent of this project at boot. With --write it is put where systemd looks for it (of the system as root, else of the user); the command that enables it is printed. With --now it is enabled and started as well, in place of an agent that runs already: workloads run on. Twice is once.';
  static override flags = {
    write: boolean({ summary: 'put it in place' }),
    now: boolean({ summary: 'put it in place, enable it and start it' }),
  };
  static override samples = [
    { command: 'pj agent install', does: 'only look at it' },
    { command: 'pj agent install --write', does: 'put it in place' },
    { command: 'pj agent install --now', does: 'from now on systemd keeps the agent up' },
  ];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentInstall);
    const project = await this.project(flags);
    const { text, leftOut } = await project.agent.unit();
    if (leftOut.length > 0)
      this.note(
        `${leftOut.join(', ')}: not in the unit, as it seems to hold a password. \`systemctl edit\` can add it.`,
      );
    if (!flags.write && !flags.now) {
      this.print(text);
      return EXIT.ok;
    }
    if (flags.now && !systemdRuns()) throw new PjError('PJ5703', { reason: 'systemd does not run on this machine' });
    const place = unitPlace(project.dir, process.env, process.getuid?.() ?? 0);
    const written = installUnit(text, place);
    this.print(written ? `Wrote ${place.path}.` : `${place.path} is there already.`);
    if (!flags.now) {
      const command = place.systemctl.join(' ');
      this.note(`Enable it:\n  ${command} daemon-reload && ${command} enable --now ${place.name}`);
      return EXIT.ok;
    }
    await systemctl(place, [['daemon-reload'], ['enable', place.name]], process.env);
    // One that runs would not let the unit's own in.
    const { stopped } = await project.agent.stop();
    try {
      await systemctl(place, [['restart', place.name]], process.env);
    } catch (error) {
      if (stopped) await project.agent.start();
      throw error;
    }
    this.print('It is enabled, and the agent runs.');
    return EXIT.ok;
  }
}
