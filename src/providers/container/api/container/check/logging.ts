import type { ContainerSpec } from '../../../../../model/container-spec.ts';
import { pointer } from '../../../../../model/json.ts';
import type { Finding } from '../../../../contract.ts';
import { text } from '../../things-check.ts';
import type { Facts } from './check.ts';
import { error, warning } from './finding.ts';

/** Drivers that write files of which the size is held. */
const ROTATE = ['json-file', 'local', 'k8s-file'];

/** Whether the engine has the driver, and whether that rotates as asked. */
export async function checkLogging(logging: NonNullable<ContainerSpec['logging']>, facts: Facts): Promise<Finding[]> {
  const { engine } = facts;
  const driver = logging.driver === undefined ? 'json-file' : text(logging.driver);
  if (driver === undefined) return [];
  if (!ROTATE.slice(0, 1).includes(driver) && driver !== 'none') {
    const known = (await facts.info()).logDrivers;
    if (!known.includes(driver)) {
      const hint = `It has ${known.join(', ')}; install the plugin, or use one of those.`;
      return [error('/container/logging/driver', `${engine.label} has no logging driver ${driver}`, hint)];
    }
  }
  const at = (key: string) => pointer('container', 'logging', key);
  if (!ROTATE.includes(driver)) {
    const set = (['maxSize', 'maxFiles'] as const).filter((key) => logging[key] !== undefined);
    const hint = 'Take it away, or use the driver json-file.';
    return set.map((key) => error(at(key), `the logging driver ${driver} rotates no files`, hint));
  }
  if (engine.name !== 'podman' || logging.maxFiles === undefined || logging.maxFiles === 1) return [];
  const message = `${engine.label} keeps one file, which begins anew when it is full`;
  return [
    warning(at('maxFiles'), message, 'Use Docker where older output must stay, or a driver that sends it elsewhere.'),
  ];
}
