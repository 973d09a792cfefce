import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Document } from 'yaml';
import type { CloudInit } from '../../../model/vm-spec.ts';
import { errno } from '../../../os/kernel-file.ts';
import { type Machine, pathIn } from '../machine.ts';

/** The files of a seed, by the names that cloud-init looks for. */
export type SeedTexts = { 'user-data': string; 'meta-data': string; 'network-config'?: string };

/** A text that cloud-init could not make anything of; `key` is that of `vm.cloudInit`. */
export class SeedFault extends Error {
  readonly key: keyof CloudInit;

  constructor(key: keyof CloudInit, message: string) {
    super(message);
    this.key = key;
  }
}

const HEAD = '#cloud-config';

/** What is in the seed of a machine. The same texts have the same instance-id; others are another instance to cloud-init, which runs again. Throws SeedFault. */
export async function seedTexts(machine: Machine, init: CloudInit, dir: string): Promise<SeedTexts> {
  const given = init.userData ?? userDataIn(init, dir);
  const merged = given === undefined || isCloudConfig(given);
  const userData = merged ? await cloudConfig(given ?? `${HEAD}\n`, init) : given;
  const network = init.networkConfig;
  if (network !== undefined) await mapping('networkConfig', network);
  const meta = await mapping('metaData', init.metaData ?? '');
  const keys = merged ? [] : (init.sshKeys ?? []);
  if (keys.length > 0 && !meta.has('public-keys')) meta.set('public-keys', keys);
  if (init.hostname !== undefined || !meta.has('local-hostname'))
    meta.set('local-hostname', init.hostname ?? hostnameOf(machine.name));
  if (!meta.has('instance-id')) {
    const all = JSON.stringify([machine.uuid, userData, meta.toJS(), network ?? null]);
    meta.set('instance-id', `iid-${createHash('sha256').update(all).digest('hex').slice(0, 20)}`);
  }
  return {
    'user-data': userData,
    'meta-data': meta.toString({ lineWidth: 0 }),
    ...(network === undefined ? {} : { 'network-config': network }),
  };
}

const isCloudConfig = (text: string): boolean => /^#cloud-config[ \t]*(\r?\n|$)/.test(text);

/** The text of the file that a spec names; undefined where it names none. Throws SeedFault. */
function userDataIn({ userDataFile }: CloudInit, dir: string): string | undefined {
  if (userDataFile === undefined) return undefined;
  try {
    return readFileSync(pathIn(dir, userDataFile), 'utf8');
  } catch (thrown) {
    const why = errno(thrown) === 'ENOENT' ? 'is not there' : `cannot be read: ${errno(thrown) ?? String(thrown)}`;
    throw new SeedFault('userDataFile', `${userDataFile} ${why}`);
  }
}

/** What the user has written, comments and all, with the keys and the name put in. */
async function cloudConfig(text: string, init: CloudInit): Promise<string> {
  const { hostname, sshKeys = [] } = init;
  const key = init.userData === undefined && init.userDataFile !== undefined ? 'userDataFile' : 'userData';
  const config = await mapping(key, text);
  if (hostname === undefined && sshKeys.length === 0) return text;
  if (hostname !== undefined && config.has('hostname') && config.get('hostname') !== hostname)
    throw new SeedFault('hostname', `the user-data says another hostname: ${String(config.get('hostname'))}`);
  if (hostname !== undefined) config.set('hostname', hostname);
  if (sshKeys.length > 0) {
    const there: unknown = (config.toJS() as Record<string, unknown>)['ssh_authorized_keys'];
    config.set('ssh_authorized_keys', [...new Set([...(Array.isArray(there) ? there : []), ...sshKeys])]);
  }
  const written = config.toString({ lineWidth: 0 });
  return isCloudConfig(written) ? written : `${HEAD}\n${written}`;
}

/** A YAML document that is a map; an empty one is an empty map. Throws SeedFault. */
async function mapping(key: keyof CloudInit, text: string): Promise<Document> {
  const { isMap, parseDocument } = await import('yaml');
  const document = parseDocument(text);
  const [fault] = document.errors;
  if (fault !== undefined) throw new SeedFault(key, `it is no YAML: ${fault.message.split('\n')[0] ?? ''}`);
  if (document.contents === null) document.contents = document.createNode({}) as unknown as typeof document.contents;
  if (!isMap(document.contents)) throw new SeedFault(key, 'it is no map of keys and values');
  return document;
}

/** A name that a host may have. */
const hostnameOf = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
