import { readFileSync } from 'node:fs';
import { containerProvider } from '../../../../src/providers/container/index.ts';
import type { Target } from '../../../../src/providers/contract.ts';

/** Starts (or makes) a container as told on stdin, and ends at once, as pj does when it is done, or is killed before. */
const { target, env, dir, create } = JSON.parse(readFileSync(0, 'utf8')) as {
  target: Target;
  env: Record<string, string>;
  dir: string;
  create?: boolean;
};
const context = { signal: new AbortController().signal, progress: () => undefined };
const provider = containerProvider('container', { dir, project: target.identity.project, env });
await provider[create === true ? 'create' : 'start'](target, context);
process.exit(0);
