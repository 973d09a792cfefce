import { PjError } from '../errors.ts';
import type { Interrupts } from './interrupts.ts';
import { ask, whyNobody } from './prompt.ts';
import type { Terminal } from './terminal.ts';

/** What is asked for, and what must be typed. */
export interface Question {
  /** `pj apply` */
  command: string;
  /** Lines above the prompt. */
  text: readonly string[];
  /** What is taken as consent. */
  answer: string;
}

/** Throws PJ6007 when nobody can be asked: told before any work is done. */
export function needsSomebody(command: string, terminal: Terminal): void {
  if (!terminal.canAsk) throw new PjError('PJ6007', { command, why: whyNobody(terminal) });
}

/** Asks; true only for exactly the answer that is wanted. */
export async function approve(question: Question, terminal: Terminal, interrupts: Interrupts): Promise<boolean> {
  needsSomebody(question.command, terminal);
  const { chalk } = await terminal.errScreen();
  const [title = '', ...lines] = question.text;
  const bold = (text: string) => chalk?.bold(text) ?? text;
  const body = lines.map((line) => `  ${line}\n`).join('');
  const answer = await ask(`\n${bold(title)}\n${body}\n  ${bold('Enter a value:')} `, terminal, interrupts.drain);
  if (answer === undefined) terminal.err('\n');
  return answer?.trim() === question.answer;
}
