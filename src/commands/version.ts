import { boolean } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { VERSION } from '../version.ts';

export class Version extends PjCommand {
  static override summary = 'the version of pj, Node and the machine';
  static override flags = { json: boolean({ summary: 'for programs' }) };
  static override samples = [{ command: 'pj version --json', does: 'for a bug report or a script' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(Version);
    const facts = { pj: VERSION, node: process.versions.node, platform: process.platform, arch: process.arch };
    if (flags.json) this.printJson({ format_version: '1.0', ...facts });
    else this.print(`pj ${facts.pj} (node ${facts.node}, ${facts.platform} ${facts.arch})`);
    return 0;
  }
}
