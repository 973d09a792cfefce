import { connectAgent } from '../../src/agent/client.ts';
import type { AwakeStatus, Sample } from '../../src/model/awake.ts';
import { type Scratch, until } from './pj.ts';

/** What a project's agent tells of its watch. Throws where none runs. */
export async function awakeOf(scratch: Scratch): Promise<AwakeStatus> {
  const there = await connectAgent({ project: scratch.dir, env: scratch.env, version: 'test' });
  if (there === undefined) throw new Error(`no agent runs in ${scratch.dir}`);
  try {
    return await there.client.call('awake', {});
  } finally {
    there.client.close();
  }
}

/** The last sample of a workload; an empty one while there is none. */
export async function sampleOf(scratch: Scratch, id: string): Promise<Partial<Sample>> {
  return (await awakeOf(scratch)).workloads.find((one) => one.id === id)?.sample ?? {};
}

/** Waits until a sample is as it should be, and gives it; what it was last stands in the error. */
export async function sampleWith(
  scratch: Scratch,
  id: string,
  good: (sample: Partial<Sample>) => boolean,
  ms = 60_000,
): Promise<Partial<Sample>> {
  let last: Partial<Sample> = {};
  return until(
    `a sample of ${id}`,
    async () => {
      last = await sampleOf(scratch, id);
      return good(last) ? last : undefined;
    },
    ms,
  ).catch((error: unknown) => {
    throw new Error(`${error instanceof Error ? error.message : String(error)}: ${JSON.stringify(last)}`);
  });
}
