import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { EVENT_FLAGS, LOCK_FLAGS, lockTimeout, PROJECT_FLAGS, projectOptions } from '../cli/flags.ts';
import { runApply } from '../cli/run-apply.ts';
import { EXIT } from '../errors.ts';
import { shellWord } from '../model/shell-word.ts';

export class Migrate extends PjCommand {
  static override summary = 'move a virtual machine to another host while it runs';
  static override description =
    'Shows the plan, asks for `yes`, and migrates the machine live. The state then says that it is there: set `vm.host` in its descriptor to the same, or the next plan brings it back.';
  static override args = { id: string({ description: 'the workload', required: true }) };
  static override flags = {
    ...PROJECT_FLAGS,
    to: text({ summary: 'the host, as a libvirt uri', helpValue: 'URI', required: true }),
    'auto-approve': boolean({ summary: 'do not ask' }),
    ...LOCK_FLAGS,
    ...EVENT_FLAGS,
  };
  static override samples = [
    { command: 'pj migrate db --to qemu+ssh://host2/system', does: 'db runs on, on host2' },
    { command: 'pj migrate db --to qemu+ssh://host2/system --auto-approve', does: 'without asking' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Migrate);
    const { id } = args;
    const code = await runApply(
      {
        operation: 'apply',
        command: 'pj migrate',
        again: `pj migrate ${id} --to ${shellWord(flags.to)}`,
        options: projectOptions(flags),
        request: { lockTimeout: lockTimeout(flags) },
        question: flags['auto-approve']
          ? undefined
          : () => ({
              command: 'pj migrate',
              text: [
                `Do you want to migrate ${id} to ${flags.to}?`,
                'It runs on meanwhile.',
                "Only 'yes' will be accepted to approve.",
              ],
              answer: 'yes',
            }),
        show: { summary: false, full: false },
        json: flags.json,
        jsonInto: flags['json-into'],
        execute: (project, request) => project.migrate(id, flags.to, request),
      },
      this.terminal,
    );
    if (code === EXIT.ok)
      this.note(`Set \`vm.host: ${flags.to}\` in the descriptor of ${id}: the next plan brings it back otherwise.`);
    return code;
  }
}
