import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/**
 * What of oclif pj does not use, and what stands in for it. pj finds its commands, writes its help and shows its errors by
 * itself; oclif's `Command`, flags and parser stay. Loading the rest would cost every command some 10 ms.
 */
const FILES: Record<string, string> = {
  'config/index.js':
    'exports.Config = class Config { static load() { throw new Error("oclif Config is not in the bundle"); } };',
  'help/index.js': 'exports.Help = class Help {};',
  'help/util.js':
    'exports.normalizeArgv = () => []; exports.formatCommandDeprecationWarning = exports.formatFlagDeprecationWarning = (name) => `${name} is deprecated`;',
  'logger.js': 'exports.makeDebug = () => () => {};',
  'ux/index.js':
    'exports.ux = { colorize: (_, text) => text, stdout(text) { process.stdout.write(`${text}\\n`); }, stderr(text) { process.stderr.write(`${text}\\n`); }, action: { stop() {} } };',
  'ux/list.js':
    'exports.__esModule = true; exports.default = (rows) => rows.map((row) => row.filter(Boolean).join("  ")).join("\\n"); exports.renderList = exports.default;',
  'ux/theme.js': 'exports.colorize = (_, text) => text; exports.parseTheme = (theme) => theme;',
  'errors/handle.js': 'exports.handle = async (error) => { throw error; };',
  'errors/errors/pretty-print.js': 'exports.__esModule = true; exports.default = (error) => error.message;',
  'errors/warn.js':
    'exports.__esModule = true; exports.warn = exports.default = (text) => { process.stderr.write(`${text}\\n`); };',
  'module-loader.js': '',
};
const PACKAGES: Record<string, string> = {
  'clean-stack': 'module.exports = (stack) => stack;',
  'wrap-ansi': 'module.exports = (text) => text;',
  'indent-string': 'module.exports = (text, n) => text.replace(/^/gm, " ".repeat(n));',
  ansis: 'module.exports = {};',
  // Only flags that read stdin need it: loaded when one does.
  'node:readline':
    'exports.createInterface = (...args) => process.getBuiltinModule("node:readline").createInterface(...args);',
};

/** An esbuild plugin that leaves out the parts of oclif that pj does not use. */
export function slimOclif(root: string): Plugin {
  const lib = join(root, 'node_modules/@oclif/core/lib');
  const metadata = JSON.parse(readFileSync(join(lib, '../package.json'), 'utf8')) as { name: string; version: string };
  const packages: Record<string, string> = {
    ...PACKAGES,
    '@oclif/core/package.json': `exports.name = ${JSON.stringify(metadata.name)}; exports.version = ${JSON.stringify(metadata.version)};`,
  };
  return {
    name: 'slim-oclif',
    setup(build) {
      build.onResolve({ filter: /.*/ }, (request) => {
        if (!request.importer.startsWith(lib)) return undefined;
        if (packages[request.path] !== undefined) return { path: request.path, namespace: 'slim-oclif' };
        if (!request.path.startsWith('.')) return undefined;
        const base = relative(lib, resolve(dirname(request.importer), request.path));
        const file = [`${base}.js`, join(base, 'index.js')].find((name) => FILES[name] !== undefined);
        return file === undefined ? undefined : { path: file, namespace: 'slim-oclif' };
      });
      build.onLoad({ filter: /.*/, namespace: 'slim-oclif' }, ({ path }) => ({
        contents: FILES[path] ?? packages[path] ?? '',
        loader: 'js',
      }));
    },
  };
}
