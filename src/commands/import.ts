import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { PjCommand } from '../cli/command.ts';
import { LOCK_FLAGS, lockTimeout, PROJECT_FLAGS } from '../cli/flags.ts';
import { EXIT, PjError } from '../errors.ts';
import { shellWord } from '../model/shell-word.ts';

export class Import extends PjCommand {
  static override summary = 'adopt what already runs as a workload, or make descriptors of a Compose file';
  static override description =
    'Takes what runs already into the state, under the id of a descriptor that describes it. Nothing is started or stopped; `pj plan` then shows where it differs from its descriptor.\nWith --compose it makes a descriptor of every service of a Compose file, and tells what pj does otherwise. It writes over no file, and no secret into any.';
  static override args = {
    id: string({ description: 'the workload, as its descriptor names it' }),
    engine_id: string({ description: "the engine's own id: the pid of a native process" }),
  };
  static override flags = {
    ...PROJECT_FLAGS,
    ...LOCK_FLAGS,
    compose: text({
      summary: 'make descriptors of this Compose file; several are laid over each other',
      helpValue: 'FILE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    out: text({
      summary: 'where the descriptors go (default: the project)',
      helpValue: 'DIR',
      dependsOn: ['compose'],
    }),
    json: boolean({ summary: 'for programs: files, notes, secrets', dependsOn: ['compose'] }),
  };
  static override samples = [
    { command: 'pj import web 4711', does: 'process 4711 is web from now on' },
    { command: 'pj import --compose compose.yaml', does: 'descriptors of its services, here' },
    { command: 'pj import --compose compose.yaml --compose prod.yaml --out shop', does: 'of two files, into shop/' },
  ];

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Import);
    if (flags.compose !== undefined) {
      const given = [args.id, args.engine_id].filter((arg) => arg !== undefined);
      if (given.length > 0) throw new PjError('PJ6004', { command: 'import --compose', args: given.join(' ') });
      return this.compose(flags.compose, flags.out ?? flags.dir ?? '.', flags.json);
    }
    const { id, engine_id: engineId } = args;
    if (id === undefined || engineId === undefined) {
      const missing = [id === undefined ? 'ID' : '', engineId === undefined ? 'ENGINE_ID' : ''].filter(Boolean);
      const advice = 'Name both, or make descriptors with `pj import --compose FILE`.';
      throw new PjError('PJ6003', { command: 'import', args: missing.join(' and ') }, { advice });
    }
    const record = await (await this.project(flags)).import(id, engineId, { lockTimeout: lockTimeout(flags) });
    this.print(`Import successful: ${record.id} is ${engineId}.`);
    this.note('`pj plan` shows where it differs from its descriptor.');
    return EXIT.ok;
  }

  private async compose(files: readonly string[], out: string, json: boolean): Promise<number> {
    const { importCompose } = await import('../project/import-compose.ts');
    const done = await importCompose(out, files, process.env).catch((error: NodeJS.ErrnoException) => {
      if (error.syscall === undefined || error instanceof PjError) throw error;
      throw new PjError('PJ6010', { path: error.path ?? out, reason: error.message }, { cause: error });
    });
    if (json) {
      const { files: written, notes, secrets, missing } = done;
      this.printJson({ format_version: '1.0', files: written, notes, secrets, missing: missing ?? null });
      return EXIT.ok;
    }
    const { importText } = await import('../views/import-text.ts');
    const at = out === '.' ? '' : ` --dir ${shellWord(out)}`;
    this.print(importText(done, at, await this.terminal.screen()));
    return EXIT.ok;
  }
}
