import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '../../../model/json.ts';
import type { Spec } from '../../../model/spec.ts';
import { machineType } from './argv.ts';
import { accelOf, type Qemu } from './engine.ts';
import type { Told } from './monitor.ts';

/** What a machine that runs is built of, as far as its memory goes into no other one. By words for people. */
export const hardwareOf = (qemu: Qemu, spec: Spec, { vcpus, allMemory, devices }: Told): JsonObject => ({
  QEMU: qemu.version,
  accelerator: accelOf(qemu),
  machine: machineType(spec),
  firmware: spec.vm?.firmware ?? 'bios',
  'processor model': spec.vm?.cpuModel ?? 'default',
  processors: vcpus,
  'bytes of memory': allMemory,
  devices: [...devices].sort(),
});

/** What is not as it was then; undefined where all is. */
export function changed(then: JsonObject, now: JsonObject): string | undefined {
  const other = Object.keys(now).filter((key) => !isDeepStrictEqual(then[key], now[key]));
  const told = other.map((key) =>
    key === 'devices' ? 'other devices' : `${key} ${String(then[key])}, now ${String(now[key])}`,
  );
  return told.length === 0 ? undefined : told.join('; ');
}

/** A processor or memory was plugged in while it ran. */
export const isAdded = ({ devices }: JsonObject): boolean =>
  Array.isArray(devices) && devices.some((id) => typeof id === 'string' && /^(vcpu|dimm)-/.test(id));
