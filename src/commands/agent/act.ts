import { PjCommand } from '../../cli/command.ts';
import { projectOptions } from '../../cli/flags.ts';
import { takeInterrupts } from '../../cli/interrupts.ts';
import { readInput } from '../../cli/read-input.ts';
import { EXIT } from '../../errors.ts';

/** What the agent runs to have something done: an `Act` as JSON on stdin, an `Acted` on stdout. */
export class AgentAct extends PjCommand {
  static override summary = "what the agent has done to workloads; for pj's own processes";
  static override samples = [{ command: 'pj agent act', does: 'the agent calls it' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentAct);
    const request = await readInput('-');
    const interrupts = takeInterrupts();
    try {
      const { actOn } = await import('../../project/act.ts');
      const { drain, abort } = interrupts;
      const acted = await actOn(projectOptions(flags), request, { drain, abort });
      this.printJson(acted);
      return acted.ok ? EXIT.ok : EXIT.error;
    } finally {
      interrupts.dispose();
    }
  }
}
