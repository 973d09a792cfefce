import { runTool } from '../engines/guest/run-tool.ts';

const virsh = (uri: string, ...args: string[]): Promise<string> =>
  runTool('virsh', ['-q', '-c', uri, ...args], '/', 60_000, { LC_ALL: 'C' });

/** A domain as a test looks at it. */
export interface HeldDomain {
  name: string;
  uuid: string;
  workload: string;
  /** As `virsh domstate` says: running, shut off, paused, … */
  state: string;
  /** dumpxml of what runs, or of what would. */
  xml: string;
}

/** The domains that pj has made for this lineage. */
export async function heldDomains(uri: string, lineage: string | undefined): Promise<HeldDomain[]> {
  if (lineage === undefined) return [];
  const names = (await virsh(uri, 'list', '--all', '--name')).split('\n').filter((name) => name !== '');
  const held = await Promise.all(
    names.map(async (name): Promise<HeldDomain[]> => {
      const xml = await virsh(uri, 'dumpxml', name).catch(() => '');
      if (!xml.includes(`lineage="${lineage}"`) && !xml.includes(`lineage='${lineage}'`)) return [];
      const state = (await virsh(uri, 'domstate', name)).trim();
      const uuid = /<uuid>([^<]+)/.exec(xml)?.[1] ?? '';
      return [{ name, uuid, workload: /<pj:workload[^>]*\sid=["']([^"']+)/.exec(xml)?.[1] ?? '', state, xml }];
    }),
  );
  return held.flat();
}

/** Takes away whatever a test has left on libvirt. Never throws. */
export async function removeDomains(uri: string, lineage: string | undefined): Promise<void> {
  for (const { uuid } of await heldDomains(uri, lineage).catch(() => [])) {
    await virsh(uri, 'destroy', uuid).catch(() => undefined);
    await virsh(uri, 'undefine', uuid, '--nvram', '--managed-save', '--snapshots-metadata').catch(() => undefined);
  }
}
