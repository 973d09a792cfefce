import type { Plugin } from 'esbuild';

/**
 * An esbuild plugin for a part that is a bundle of its own: where it is imported by `import()` it is not taken in, but loaded from `file` beside the importing bundle when that
 * line is reached.
 */
export function ownBundle(source: string, file: string): Plugin {
  const filter = new RegExp(`/${source.replaceAll('.', '\\.')}$`);
  return {
    name: 'own-bundle',
    setup(build) {
      const esm = build.initialOptions.format === 'esm';
      build.onResolve({ filter }, ({ path, kind }) => {
        if (kind === 'entry-point') return undefined;
        if (kind !== 'dynamic-import') return { errors: [{ text: `${path} is a bundle of its own: import() it` }] };
        return esm ? { path: `./${file}`, external: true } : { path, namespace: 'own-bundle' };
      });
      // The launcher's `require` looks beside itself, not beside the bundle.
      build.onLoad({ filter: /.*/, namespace: 'own-bundle' }, () => ({
        contents: `module.exports = require(require('node:path').join(__dirname, ${JSON.stringify(file)}));`,
        loader: 'js',
      }));
    },
  };
}
