import type { ApiEngine } from './engine.ts';
import type { Answer } from './http-request.ts';

/** What an engine is, and how it is spoken to. */
export interface Version {
  /** `20.10.24`. */
  text: string;
  /** Prefix of Docker's API: `v1.41`. */
  api: string;
  /** Prefix of Podman's own API. */
  libpod: string;
  /** The release of the kernel that it runs on, where it says so. */
  kernel?: string;
}

/** What pj is written and tested for (Docker 20.10, Podman 4): spoken wherever the engine still takes it, so that all answer alike. */
const SPOKEN = '1.41';
/** The prefix of its paths. */
export const SPOKEN_API = `v${SPOKEN}`;
/** Docker 19.03. */
const OLDEST = '1.40';
const LIBPOD = '4.0.0';

/** Asks who answers. Gives as text why it will not do; rejects as `ask` does. */
export async function askVersion(
  ask: (path: string) => Promise<Answer>,
  wanted: ApiEngine['name'],
): Promise<Version | string> {
  if (wanted === 'podman') {
    // Its /version runs other programs for theirs, which takes 300 ms; this one says all that is needed.
    const podman = /^Libpod\/(\S+)/.exec(String((await ask('/_ping')).headers['server']))?.[1];
    if (podman !== undefined) return versionOf({ Version: podman, ApiVersion: SPOKEN, Components: [PODMAN] }, wanted);
  }
  return versionOf((await ask('/version')).body, wanted);
}

const PODMAN = { Name: 'Podman Engine' };

/** Reads the answer to /version. Gives as text why it will not do: another engine, or too old. */
export function versionOf(answer: unknown, wanted: ApiEngine['name']): Version | string {
  if (typeof answer !== 'object' || answer === null) return 'what answers there is no container engine';
  const of = answer as Record<string, unknown>;
  const { Version: version, ApiVersion: newest, MinAPIVersion: oldest, KernelVersion: kernel } = of;
  if (typeof version !== 'string' || typeof newest !== 'string') return 'what answers there is no container engine';
  const text = /^[\d.]*\d/.exec(version)?.[0] ?? version;
  const name = isPodman(of['Components']) ? 'podman' : 'docker';
  if (name !== wanted)
    return `it is ${name === 'podman' ? 'Podman' : 'Docker'} ${text}, not ${wanted === 'podman' ? 'Podman' : 'Docker'}`;
  if (name === 'podman' && isOlder(text, LIBPOD)) return `Podman ${text} is too old: ${LIBPOD} or newer is needed`;
  if (name === 'docker' && isOlder(newest, OLDEST))
    return `Docker ${text} is too old: it speaks API ${newest}, ${OLDEST} or newer is needed`;
  const least = typeof oldest === 'string' && isOlder(SPOKEN, oldest) ? oldest : SPOKEN;
  return {
    text,
    api: `v${isOlder(newest, least) ? newest : least}`,
    libpod: `v${LIBPOD}`,
    ...(typeof kernel === 'string' ? { kernel } : {}),
  };
}

const isPodman = (components: unknown): boolean =>
  Array.isArray(components) &&
  components.some((one) => typeof one === 'object' && one !== null && (one as { Name?: unknown }).Name === PODMAN.Name);

/** Compares versions number by number. */
function isOlder(a: string, b: string): boolean {
  const [x, y] = [a, b].map((text) => text.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (x?.[i] ?? 0) - (y?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
