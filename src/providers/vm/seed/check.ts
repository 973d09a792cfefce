import { isObject, type Json, type Pointer } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import { isLeaf, isSensitive, isTemplate, isUnknown } from '../../../model/template.ts';
import type { Finding } from '../../contract.ts';
import type { Machine } from '../machine.ts';
import { INSTALL_ISO, isoTool } from './iso.ts';
import { SeedFault, seedTexts } from './texts.ts';

const AT = '/vm/cloudInit';

/** What is wrong with the cloud-init of a machine, and what pj puts into no file. */
export async function checkSeed(machine: Machine, { vm }: Spec, dir: string): Promise<Finding[]> {
  const init = vm?.cloudInit;
  if (init === undefined) return [];
  const findings: Finding[] = [];
  const error = (path: Pointer, message: string, hint: string): void =>
    void findings.push({ severity: 'error', path, message, hint });
  const leaves = leavesIn(init as unknown as Json, AT);
  for (const { path, sensitive } of leaves)
    if (sensitive)
      error(
        path,
        'the seed image is a file on this host, and pj writes no sensitive value into files',
        'Let the guest fetch the secret itself when it boots.',
      );
  if (isoTool() === undefined) error(AT, 'no program is there that makes ISO images', INSTALL_ISO);
  if (init.userData !== undefined && init.userDataFile !== undefined)
    error(`${AT}/userDataFile`, 'there is `userData` too', 'Take one of the two away.');
  if (leaves.length > 0) return findings;
  if (init.hostname !== undefined && !HOSTNAME.test(init.hostname))
    error(`${AT}/hostname`, `${init.hostname} is no name for a host`, 'Use letters, digits and hyphens.');
  for (const [i, key] of (init.sshKeys ?? []).entries())
    if (!PUBLIC_KEY.test(key.trim()))
      error(`${AT}/sshKeys/${i}`, 'it is no public key', 'Give the line in the .pub file: ssh-ed25519 AAAA… name');
  try {
    await seedTexts(machine, init, dir);
  } catch (thrown) {
    if (!(thrown instanceof SeedFault)) throw thrown;
    error(`${AT}/${thrown.key}`, thrown.message, 'Mend it; paths are relative to the project.');
  }
  return findings;
}

const HOSTNAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i;
/** Options may stand before the type. */
const PUBLIC_KEY = /^([^\n]* )?(ssh-|ecdsa-|sk-)[\w@.-]+ [A-Za-z0-9+/]+=*( [^\n]*)?$/;

function leavesIn(value: Json, path: Pointer): { path: Pointer; sensitive: boolean }[] {
  if (isLeaf(value)) return [{ path, sensitive: holdsSecret(value as unknown as Json) }];
  if (Array.isArray(value)) return value.flatMap((each, i) => leavesIn(each, `${path}/${i}`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => (each === undefined ? [] : leavesIn(each, `${path}/${key}`)));
}

function holdsSecret(leaf: Json): boolean {
  if (isTemplate(leaf)) return leaf.$template.sensitive;
  return isSensitive(leaf) || (isUnknown(leaf) && leaf.$unknown.sensitive);
}
