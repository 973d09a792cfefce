import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { gunzipSync } from 'node:zlib';

let text: string | undefined;

/** Whether this kernel has a part (`IPVLAN`), built in or as a module; undefined where its configuration cannot be seen. */
export function kernelHas(part: string): boolean | undefined {
  text ??= configuration();
  return text === '' ? undefined : new RegExp(`^CONFIG_${part}=[ym]$`, 'm').test(text);
}

function configuration(): string {
  try {
    if (existsSync('/proc/config.gz')) return gunzipSync(readFileSync('/proc/config.gz')).toString('latin1');
    return readFileSync(`/boot/config-${release()}`, 'latin1');
  } catch {
    return '';
  }
}
