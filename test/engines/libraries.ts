import { basename } from 'node:path';
import { runTool } from './guest/run-tool.ts';

/** Absolute paths of the shared libraries of a program, the loader among them. None for a program that is linked statically. */
export async function librariesOf(program: string): Promise<string[]> {
  const said = await runTool('ldd', [program], '/', 30_000).catch((error: Error) => {
    if (/not a dynamic executable/.test(error.message)) return '';
    throw error;
  });
  const missing = /(\S+) => not found/.exec(said)?.[1];
  if (missing !== undefined) throw new Error(`${basename(program)} needs ${missing}, which is not there`);
  return [...said.matchAll(/(?:=> |^\s+)(\/\S+) \(/gm)].flatMap((match) => match[1] ?? []);
}
