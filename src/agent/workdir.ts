import { resolve } from 'node:path';
import type { Spec } from '../model/spec.ts';

/** The directory a process runs in, absolute; undefined where it is a sensitive value that is not known here. */
export function workdirOf(project: string, spec: Spec): string | undefined {
  const workdir: unknown = spec.native?.workdir ?? '.';
  return typeof workdir === 'string' ? resolve(project, workdir) : undefined;
}
