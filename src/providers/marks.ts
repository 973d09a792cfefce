import type { Identity } from '../model/record.ts';

/** Labels by which what pj made is known in an engine. Set in the very call that makes it. */
export const MARK = {
  project: 'io.pj.project',
  lineage: 'io.pj.lineage',
  id: 'io.pj.id',
  generation: 'io.pj.generation',
  /** Keyed digest of the spec that it was made from. */
  digest: 'io.pj.digest',
  /** Digest of the seccomp profile that a container was made with. */
  seccomp: 'io.pj.seccomp',
  /** Of volumes: `persistent` or `ephemeral`. */
  volume: 'io.pj.volume',
} as const;

/** The labels of an identity. */
export function marksOf(identity: Identity, specDigest: string): Record<string, string> {
  return {
    [MARK.project]: identity.project,
    [MARK.lineage]: identity.lineage,
    [MARK.id]: identity.id,
    [MARK.generation]: String(identity.generation),
    ...(specDigest === '' ? {} : { [MARK.digest]: specDigest }),
  };
}

/** Whose a thing with these labels is; undefined where pj has not made it. */
export function identityOf(labels: Readonly<Record<string, string>> | null | undefined): Identity | undefined {
  const {
    [MARK.project]: project,
    [MARK.lineage]: lineage,
    [MARK.id]: id,
    [MARK.generation]: generation,
  } = labels ?? {};
  if (project === undefined || lineage === undefined || id === undefined || !/^\d+$/.test(generation ?? ''))
    return undefined;
  return { project, lineage, id, generation: Number(generation) };
}

/** Same thing, whatever its project is called by now. */
export function isSame(a: Identity | undefined, b: Identity): boolean {
  return a !== undefined && a.id === b.id && a.generation === b.generation && a.lineage === b.lineage;
}
