import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type Json } from '../../../../model/json.ts';
import { errno } from '../../../../os/kernel-file.ts';
import type { TlsFiles } from './endpoint.ts';
import { readTls } from './endpoint.ts';

/** A context of the docker command: `docker context create`. */
export type DockerContext = { host: string; tls?: TlsFiles } | { fault: string };

/** The context that `docker context use` has set; undefined where none is. */
export function currentContext(configDir: string): string | undefined {
  try {
    const config = JSON.parse(readFileSync(join(configDir, 'config.json'), 'utf8')) as Json;
    const name = isObject(config) ? config['currentContext'] : undefined;
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    // Not there or not JSON: the docker command goes on with its defaults too.
    return undefined;
  }
}

/** Reads a context as the docker command keeps it: in a folder named by the SHA-256 of its name. */
export function readContext(configDir: string, name: string): DockerContext {
  const id = createHash('sha256').update(name).digest('hex');
  const file = join(configDir, 'contexts', 'meta', id, 'meta.json');
  let meta: Json;
  try {
    meta = JSON.parse(readFileSync(file, 'utf8')) as Json;
  } catch (thrown) {
    return { fault: errno(thrown) === 'ENOENT' ? 'there is no such context' : `${file} cannot be read` };
  }
  const endpoint = below(below(meta, 'Endpoints'), 'docker');
  const host = below(endpoint, 'Host');
  if (typeof host !== 'string' || host === '') return { fault: `${file} names no host` };
  const tls = readTls(join(configDir, 'contexts', 'tls', id, 'docker'), below(endpoint, 'SkipTLSVerify') !== true);
  if (typeof tls === 'string') return { fault: tls };
  return tls.ca === undefined && tls.cert === undefined && tls.verify ? { host } : { host, tls };
}

const below = (value: Json | undefined, key: string): Json | undefined => (isObject(value) ? value[key] : undefined);
