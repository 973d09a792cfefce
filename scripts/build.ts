/**
 * `npm run build`: bundles the command, the agent and the programmatic API into dist/, writes the help texts and the types, compiles java-host/ where a JDK
 * is. No network.
 *   --out DIR   another place than dist/ (tests)
 *   --no-types  leaves the types out (tests)
 *   --pj-version V  calls itself by another version than package.json's (tests of upgrades)
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BuildOptions, build } from 'esbuild';
import { buildJava } from './build-java.ts';
import { lazyModules } from './lazy-modules.ts';
import { ownBundle } from './own-bundle.ts';
import { slimOclif } from './slim-oclif.ts';

const root = resolve(import.meta.dirname, '..');
const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(root, 'dist') },
    'no-types': { type: 'boolean', default: false },
    'pj-version': { type: 'string' },
  },
});
const out = resolve(options.out);
const next = `${out}.${process.pid}.new`;
const { version: own } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const version = options['pj-version'] ?? own;

const shared: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // Names and lines stay, so that a stack trace can be read.
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
  charset: 'ascii',
  plugins: [slimOclif(root), lazyModules(root), ownBundle('telemetry/bundle.ts', 'otel.cjs')],
  external: ['typescript'],
  define: { PJ_VERSION: JSON.stringify(version), PJ_DIST: '"dist"' },
};
/** CommonJS runs from V8's code cache; `import()` becomes a lazy call within the one file. */
const commonjs: BuildOptions = {
  ...shared,
  format: 'cjs',
  supported: { 'dynamic-import': false },
  define: { ...shared.define, 'import.meta.dirname': '__dirname', 'import.meta.filename': '__filename' },
};

/** Bundles to text, under a first line that names its content: a code cache is only ever used with the very same program. */
async function command(entry: string, file: string): Promise<void> {
  const made = await build({ ...commonjs, entryPoints: [entry], write: false });
  // Comments of others keep their characters; strings have none left by now.
  const plain = (comment: string): string => comment.replace(/[\u0080-\uffff]/g, '-');
  const text = (made.outputFiles?.[0]?.text ?? '').replace(/\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/|\/\/.*/g, plain);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  // The launcher reads it as Latin-1, which is fast; that is only right for ASCII.
  const odd = /.{0,40}[\u0080-\uffff].{0,20}/.exec(text)?.[0];
  if (odd !== undefined) throw new Error(`${file} holds characters other than ASCII: ${JSON.stringify(odd)}`);
  writeFileSync(join(next, file), `// pj ${version} ${hash}\n${text}`);
}

async function types(): Promise<void> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  await promisify(execFile)(process.execPath, [
    tsc,
    ...['--project', join(root, 'scripts/tsconfig.types.json'), '--outDir', join(next, 'types')],
  ]).catch((error: { stdout?: string }) => {
    throw new Error(`the types could not be made:\n${error.stdout ?? String(error)}`);
  });
}

/** What builds that were killed have left beside the target. */
function removeLeftovers(): void {
  const parent = dirname(out);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(`${basename(out)}.`) ? /\.(\d+)\.(?:new|old)$/.exec(name)?.[1] : undefined;
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) rmSync(join(parent, name), { recursive: true, force: true });
  }
}

async function helpTexts(): Promise<void> {
  const { allHelp } = await import('../src/cli/help.ts');
  mkdirSync(join(next, 'help'));
  for (const [name, text] of await allHelp()) writeFileSync(join(next, 'help', `${name}.txt`), text);
}

removeLeftovers();
mkdirSync(next, { recursive: true });
try {
  const jobs = [command('src/cli/main.ts', 'pj.cjs'), helpTexts(), buildJava(root, next)];
  if (existsSync(join(root, 'src/agent/main.ts'))) jobs.push(command('src/agent/main.ts', 'agent.cjs'));
  // The agent runs it: it lies beside the agent's program.
  jobs.push(command('src/providers/vm/qemu/power-off.ts', 'vm-off.cjs'));
  // Command, agent and API load it when telemetry is on.
  jobs.push(command('src/telemetry/bundle.ts', 'otel.cjs'));
  jobs.push(
    build({ ...shared, format: 'esm', entryPoints: ['src/index.ts'], outfile: join(next, 'index.mjs') }).then(
      () => undefined,
    ),
  );
  if (!options['no-types']) jobs.push(types());
  await Promise.all(jobs);
  // A build that fails leaves the one before as it was; one that is used meanwhile is whole.
  const old = `${out}.${process.pid}.old`;
  if (existsSync(out)) renameSync(out, old);
  renameSync(next, out);
  rmSync(old, { recursive: true, force: true });
} finally {
  rmSync(next, { recursive: true, force: true });
}
