import { string as arg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { PROJECT_FLAGS } from '../cli/flags.ts';
import { EXIT, PjError } from '../errors.ts';
import { dependencyGraph, type GraphFormat, graphToText, stepGraph } from '../views/graph.ts';

export class Graph extends PjCommand {
  static override summary = "the dependencies, or a plan's steps";
  static override args = { planfile: arg({ description: 'a saved plan, whose steps are drawn' }) };
  static override flags = {
    ...PROJECT_FLAGS,
    format: string({ summary: 'dot (default), mermaid or json', options: ['dot', 'mermaid', 'json'] }),
    json: boolean({ summary: 'the same as --format json', exclusive: ['format'] }),
    steps: boolean({ summary: 'the steps of a plan made now, instead of the dependencies' }),
  };
  static override samples = [
    { command: 'pj graph | dot -Tsvg > graph.svg', does: 'a picture' },
    { command: 'pj graph --format mermaid', does: 'for a README' },
    { command: 'pj graph --steps', does: 'what waits for what in a plan' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Graph);
    const project = await this.project(flags);
    const format: GraphFormat = flags.json
      ? 'json'
      : flags.format === 'mermaid'
        ? 'mermaid'
        : flags.format === 'json'
          ? 'json'
          : 'dot';
    if (args.planfile !== undefined || flags.steps) {
      const plan = args.planfile === undefined ? await project.plan() : await project.loadPlan(args.planfile);
      this.print(graphToText(stepGraph(plan), format));
      return EXIT.ok;
    }
    const { config, workloads, errors } = await project.validate();
    if (errors.length > 0) throw new PjError('PJ1000', { count: errors.length }, { others: errors });
    this.print(graphToText(dependencyGraph(config.name, workloads), format));
    return EXIT.ok;
  }
}
