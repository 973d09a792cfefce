import { PjCommand } from '../cli/command.ts';
import { completions } from '../cli/complete.ts';
import { EXIT } from '../errors.ts';

/** What the completion scripts of the shells call: `pj __complete -- WORDS`; a candidate a line, a tab before what it is. */
export class Complete extends PjCommand {
  static override summary = 'candidates for shell completion';
  static override strict = false;

  async run(): Promise<number> {
    // Read as it is: the words are somebody's half-written command line.
    const words = this.argv.slice(this.argv.indexOf('--') + 1);
    const candidates = await completions(words, (dir) => this.project(dir === undefined ? {} : { dir })).catch(
      () => [],
    );
    const lines = candidates.map(({ value, about }) => (about ? `${value}\t${about}` : value));
    if (lines.length > 0) this.print(lines.join('\n'));
    return EXIT.ok;
  }
}
