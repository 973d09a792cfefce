import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pointer } from '../../../../../model/json.ts';
import type { Volume } from '../../../../../model/spec.ts';
import type { Workload } from '../../../../../model/workload.ts';
import type { Finding } from '../../../../contract.ts';
import { text } from '../../things-check.ts';
import type { Facts } from './check.ts';
import { error, list, warning } from './finding.ts';

/** Folders of the host that are not there, and sizes that would not be held. */
export function checkMounts({ spec: { volumes }, dependencies }: Workload, facts: Facts): Finding[] {
  // A job that it waits for may make what it mounts; what is still not there then the engine refuses.
  const made = dependencies.some(({ condition }) => condition === 'completed');
  const paths = list(volumes).map(({ path }) => text(path));
  return list(volumes).flatMap((volume, index) => {
    const at = (key: string) => pointer('volumes', index, key);
    const findings = volume.type === 'bind' ? checkBind(volume, at('source'), { ...facts, made }) : [];
    const path = text(volume.path);
    if (path !== undefined && !path.startsWith('/'))
      findings.push(error(at('path'), `${path} is no absolute path`, 'Say where it is in the container: /data.'));
    else if (path !== undefined && paths.indexOf(path) < index)
      findings.push(error(at('path'), `another volume is at ${path}, too`, 'Give each a path of its own.'));
    if (volume.size !== undefined && volume.type !== 'tmpfs') findings.push(notLimited(volume, at('size')));
    else if (isEmptyForGood(volume, facts)) findings.push(neverWritten(at('readOnly')));
    return findings;
  });
}

function checkBind({ source }: Volume, path: string, { engine, options, made }: Facts & { made: boolean }): Finding[] {
  if (source === undefined)
    return [error(path, 'a bind volume needs a source', 'Name the folder of the host that it is.')];
  const written = text(source);
  if (written === undefined) return [];
  const folder = resolve(options.dir, written);
  if (!engine.local) {
    const hint = 'See to it that it is there, or use a volume of the engine (type: persistent).';
    return [warning(path, `${engine.label} runs elsewhere: ${folder} is a folder of its host, not of this one`, hint)];
  }
  if (made || existsSync(folder)) return [];
  return [error(path, `${folder} is not there`, `Make it (mkdir -p ${folder}), or correct the source.`)];
}

/** A volume of nobody's that nobody can write to, which Docker makes of no container. */
const isEmptyForGood = ({ type, name, readOnly }: Volume, { engine }: Facts): boolean =>
  engine.name === 'docker' &&
  readOnly === true &&
  name === undefined &&
  (type === 'ephemeral' || type === 'persistent');

const neverWritten = (path: string): Finding =>
  error(path, 'Docker makes no volume that has no name and is only read', 'Give it a name, or take `readOnly` away.');

function notLimited({ type }: Volume, path: string): Finding {
  return type === 'bind'
    ? error(path, 'the size of a folder of the host cannot be held', 'Take it away.')
    : error(
        path,
        'where a volume is used its size is not settled',
        'Describe the volume by itself (kind: volume) and say `size` there, or use type: tmpfs.',
      );
}
