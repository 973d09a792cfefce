import { existsSync } from 'node:fs';
import { PjCommand } from '../../cli/command.ts';
import { removeUnit, systemctl, systemdRuns, unitPlace } from '../../cli/systemd-unit.ts';
import { EXIT } from '../../errors.ts';

export class AgentUninstall extends PjCommand {
  static override summary = 'take the systemd unit away';
  static override description =
    'Disables the unit of `pj agent install`, ends its agent and removes the file. Workloads run on; `pj agent start`, or the next apply, starts an agent again.';
  static override samples = [{ command: 'pj agent uninstall', does: 'nothing starts the agent at boot any more' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentUninstall);
    const { dir } = await this.project(flags);
    const place = unitPlace(dir, process.env, process.getuid?.() ?? 0);
    const there = existsSync(place.path);
    if (there && systemdRuns()) await systemctl(place, [['disable', '--now', place.name]], process.env);
    removeUnit(place);
    if (there && systemdRuns()) await systemctl(place, [['daemon-reload']], process.env);
    this.print(there ? `Removed ${place.path}.` : 'No unit was there.');
    return EXIT.ok;
  }
}
