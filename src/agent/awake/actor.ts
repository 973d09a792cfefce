import type { Act, Acted } from './contract.ts';

/** How the agent has something done to workloads: by a `pj` of its own, one at a time. */
export function openActor(_options: {
  project: string;
  pjEntry: string;
  log(text: string): void;
}): (act: Act) => Promise<Acted> {
  return () => Promise.reject(new Error('not yet'));
}
