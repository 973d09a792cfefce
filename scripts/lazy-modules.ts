import { builtinModules } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Parts of Node that `node -e 0` has loaded anyway, or that say something about this very process when they are loaded: they stay as they are.
 * Every other one costs half a millisecond to some milliseconds, so it is loaded when something of it is first used.
 */
const READY = new Set([
  'async_hooks',
  'buffer',
  'constants',
  'events',
  'fs',
  'module',
  'path',
  'querystring',
  'string_decoder',
  'timers',
  'url',
  'util',
  'process',
  'console',
]);

/** Packages whose loading costs more than most commands ever ask of them, each with a single default function. */
const FUNCTIONS = new Set(['string-width']);

/** An esbuild plugin that puts off loading Node's own modules and some packages until they are used. */
export function lazyModules(root: string): Plugin {
  return {
    name: 'lazy-modules',
    setup(build) {
      build.onResolve({ filter: /^(node:)?[a-z_]+(\/[a-z]+)?$/ }, ({ path, namespace, kind }) => {
        const name = path.replace(/^node:/, '');
        if (
          namespace === 'lazy-builtin' ||
          kind === 'require-call' ||
          READY.has(name) ||
          !builtinModules.includes(name)
        )
          return undefined;
        return { path: name, namespace: 'lazy-builtin' };
      });
      build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, async ({ path }) => ({
        contents: await forwarding(path),
        loader: 'js',
      }));

      build.onResolve({ filter: /^string-width$/ }, ({ path, namespace }) =>
        FUNCTIONS.has(path) && namespace !== 'lazy-function' ? { path, namespace: 'lazy-function' } : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'lazy-function' }, ({ path }) => ({
        contents: `let real; export default (...args) => (real ??= require(${JSON.stringify(path)}).default)(...args);`,
        loader: 'js',
        resolveDir: root,
      }));
    },
  };
}

/** A CommonJS module with a getter for everything that a part of Node exports; the first one that is read loads it. */
async function forwarding(name: string): Promise<string> {
  const real = (await import(`node:${name}`)) as Record<string, unknown>;
  const keys = Object.keys(real).filter((key) => key !== 'default' && key !== 'module.exports');
  return [
    `const load = () => process.getBuiltinModule(${JSON.stringify(`node:${name}`)});`,
    ...keys.map(
      (key) =>
        `Object.defineProperty(exports, ${JSON.stringify(key)}, { enumerable: true, get: () => load()[${JSON.stringify(key)}] });`,
    ),
  ].join('\n');
}
