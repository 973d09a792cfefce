import { string } from '@oclif/core/args';
import { PjCommand } from '../cli/command.ts';
import { LOCK_FLAGS, lockTimeout, PROJECT_FLAGS } from '../cli/flags.ts';
import { EXIT } from '../errors.ts';

export class Import extends PjCommand {
  static override summary = 'adopt what already runs as a workload';
  static override description =
    'Takes what runs already into the state, under the id of a descriptor that describes it. Nothing is started or stopped; `pj plan` then shows where it differs from its descriptor.';
  static override args = {
    id: string({ description: 'the workload, as its descriptor names it', required: true }),
    engine_id: string({ description: "the engine's own id: the pid of a native process", required: true }),
  };
  static override flags = { ...PROJECT_FLAGS, ...LOCK_FLAGS };
  static override samples = [{ command: 'pj import web 4711', does: 'process 4711 is web from now on' }];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Import);
    const record = await (await this.project(flags)).import(args.id, args.engine_id, {
      lockTimeout: lockTimeout(flags),
    });
    this.print(`Import successful: ${record.id} is ${args.engine_id}.`);
    this.note('`pj plan` shows where it differs from its descriptor.');
    return EXIT.ok;
  }
}
