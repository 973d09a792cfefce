import { string } from '@oclif/core/args';
import { PjCommand } from '../cli/command.ts';
import { explanation, nearestTopic } from '../cli/explanations.ts';
import { EXIT, PjError } from '../errors.ts';

export class Explain extends PjCommand {
  static override summary = 'explain an error, an exit code or a key of a descriptor';
  static override args = { topic: string({ description: 'PJ3010, restart.policy, or an exit code', required: true }) };
  static override samples = [
    { command: 'pj explain PJ3010', does: 'what it means, how to mend it' },
    { command: 'pj explain healthCheck', does: 'the keys below it' },
    { command: 'pj explain restart.policy', does: 'type, default, meaning' },
    { command: 'pj explain 7', does: 'an exit code' },
  ];

  async run(): Promise<number> {
    const { args } = await this.parse(Explain);
    const text = explanation(args.topic);
    if (text === undefined) throw new PjError('PJ6011', { topic: args.topic, near: nearestTopic(args.topic) });
    this.print(text);
    return EXIT.ok;
  }
}
