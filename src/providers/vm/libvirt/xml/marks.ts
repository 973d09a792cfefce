import type { Identity } from '../../../../model/record.ts';
import { text, type Xml } from './tree.ts';

const NAMESPACE = 'urn:pj:workload:1';
/** Beside it, so that one virsh call sets and removes it. */
export const REST_NAMESPACE = 'urn:pj:rest:1';

/** What pj writes into a domain, by which it knows it again. */
export interface Marks {
  identity: Identity;
  /** Keyed digest of the spec that it was made from. */
  specDigest: string;
  /** The name of its folder in .pj/vms. */
  folder: string;
  /** It was not started yet, or pj has stopped it. */
  atRest: boolean;
}

/** The domain's metadata. */
export const marksXml = ({ identity, specDigest, folder, atRest }: Marks): Xml => ({
  'pj:workload': {
    '@xmlns:pj': NAMESPACE,
    '@project': identity.project,
    '@lineage': identity.lineage,
    '@id': identity.id,
    '@generation': identity.generation,
    '@digest': specDigest,
    '@folder': folder,
  },
  ...(atRest ? { 'pjrest:rest': { '@xmlns:pjrest': REST_NAMESPACE } } : {}),
});

/** The marks in a domain's XML; undefined where pj has not made it. */
export function marksIn(domain: Xml): Marks | undefined {
  const at = (name: string): string | undefined => text(domain, 'metadata', 'pj:workload', `@${name}`);
  const [project, lineage, id, generation] = ['project', 'lineage', 'id', 'generation'].map(at);
  if (project === undefined || lineage === undefined || id === undefined || !/^\d+$/.test(generation ?? ''))
    return undefined;
  const rest = domain['metadata'];
  return {
    identity: { project, lineage, id, generation: Number(generation) },
    specDigest: at('digest') ?? '',
    folder: at('folder') ?? '',
    atRest: typeof rest === 'object' && 'pjrest:rest' in rest,
  };
}
