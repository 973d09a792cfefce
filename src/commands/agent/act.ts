import { PjCommand } from '../../cli/command.ts';
import { projectOptions } from '../../cli/flags.ts';
import { type Interrupts, takeInterrupts } from '../../cli/interrupts.ts';
import { readInput } from '../../cli/read-input.ts';
import { EXIT } from '../../errors.ts';

/** Between asking itself to end, to end at once, and the kill: what the agent would do, were it there. ms */
const GRACE = 15_000;
/** Longer no timer can run; it is days. ms */
const LONGEST = 2 ** 31 - 1 - 2 * GRACE;

/** What the agent runs to have something done: an `Act` as JSON on stdin, an `Acted` on stdout. */
export class AgentAct extends PjCommand {
  static override summary = "what the agent has done to workloads; for pj's own processes";
  static override samples = [{ command: 'pj agent act', does: 'the agent calls it' }];

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentAct);
    const request = await readInput('-');
    const interrupts = takeInterrupts();
    let timers: NodeJS.Timeout[] = [];
    try {
      const { actOn, readAct } = await import('../../project/act.ts');
      const act = readAct(request);
      timers = endAfter(act.deadline, interrupts);
      const { drain, abort } = interrupts;
      const acted = await actOn({ ...projectOptions(flags), signal: drain }, act, { drain, abort });
      this.printJson(acted);
      return acted.ok ? EXIT.ok : (interrupts.exitCode() ?? EXIT.error);
    } finally {
      for (const timer of timers) clearTimeout(timer);
      interrupts.dispose();
    }
  }
}

/** The agent may have been killed: then nobody else ends it, and the lock would be held as long. */
function endAfter(deadline: number | undefined, interrupts: Interrupts): NodeJS.Timeout[] {
  if (deadline === undefined) return [];
  const ms = Math.min(deadline, LONGEST);
  const steps: (() => void)[] = [
    () => interrupts.ask('drain'),
    () => interrupts.ask('abort'),
    () => process.kill(process.pid, 'SIGKILL'),
  ];
  return steps.map((step, n) => setTimeout(step, ms + n * GRACE).unref());
}
