import { isObject, type JsonObject } from '../model/json.ts';
import type { Spec } from '../model/spec.ts';
import { isLeaf } from '../model/template.ts';
import { DEFAULT_LIFECYCLE, type DesiredState, type Kind, type Lifecycle } from '../model/workload.ts';
import {
  asIs,
  type Convert,
  convertKeys,
  mapValues,
  toBytes,
  toList,
  toMap,
  toPort,
  toSeconds,
  toText,
  toTextMap,
  toWords,
} from './convert.ts';
import { checkHealth } from './health-shape.ts';
import { normaliseContainer } from './normalise-container.ts';
import { normaliseJava, normaliseJvm } from './normalise-java.ts';
import { normaliseExternal, normaliseNative } from './normalise-native.ts';
import { normaliseVm } from './normalise-vm.ts';
import type { ShapeReport } from './shape.ts';
import { checkVolumes, toVolume } from './volumes.ts';

export interface Normalised {
  spec: Spec;
  desiredState: DesiredState;
  lifecycle: Lifecycle;
}

const HEALTH: Record<string, Convert> = {
  port: toPort,
  command: toWords,
  expectedStatus: toList(asIs),
  interval: toSeconds,
  timeout: toSeconds,
  startPeriod: toSeconds,
};
const RESTART: Record<string, Convert> = { delay: toSeconds, maxDelay: toSeconds, resetAfter: toSeconds };
const STOP: Record<string, Convert> = {
  signal: (value) => (isLeaf(value) ? value : `SIG${String(value).replace(/^SIG/, '')}`),
  gracePeriod: toSeconds,
};

/** A descriptor in the native dialect, valid by its schema, as a spec: base units, one form for each thing, nothing filled in. */
export function normalise(value: JsonObject, kind: Kind, fault: ShapeReport): Normalised {
  const spec = convertKeys(pick(value, COMMON), {
    name: toText,
    description: toText,
    version: toText,
    tags: toTextMap,
    env: toTextMap,
    properties: kind === 'java' ? toTextMap : () => undefined,
    resources: toResources,
    healthCheck: toMap(HEALTH),
    restart: toMap(RESTART),
    stop: toMap(STOP),
    volumes: toList(toVolume),
    monitoring: toMap({ interval: toSeconds }),
  });
  if (isObject(spec['healthCheck'])) spec['healthCheck'] = checkHealth(spec['healthCheck'], fault);
  const block = isObject(value[kind]) ? value[kind] : {};
  switch (kind) {
    case 'native':
      normaliseNative(spec, block, fault);
      break;
    case 'external':
      normaliseExternal(spec, block);
      break;
    case 'container':
      normaliseContainer(spec, block, fault);
      break;
    case 'network':
    case 'volume':
      spec[kind] = convertKeys(block, { options: toTextMap, labels: toTextMap, size: toBytes });
      break;
    case 'vm':
      normaliseVm(spec, block, fault);
      break;
    case 'java':
      normaliseJava(spec, block, fault);
      break;
    case 'jvm':
      normaliseJvm(spec, block);
      break;
  }
  checkVolumes(spec, fault);
  for (const [key, each] of Object.entries(spec))
    if (isObject(each) && Object.keys(each).length === 0 && key !== kind) delete spec[key];
  const desiredState = (value['desiredState'] ?? 'running') as DesiredState;
  if (desiredState === 'paused' && kind !== 'vm' && kind !== 'container') {
    const expected = `running or stopped (a workload of kind ${kind} can't be paused)`;
    fault({ code: 'PJ1012', details: { key: 'desiredState', expected, value: 'paused' }, path: ['desiredState'] });
  }
  const given = value['lifecycle'] as Partial<Lifecycle> | undefined;
  const { rollback } = value;
  if (rollback !== undefined && given?.rollback !== undefined && given.rollback !== rollback) {
    const details = {
      key: 'rollback',
      value: String(rollback),
      other: 'lifecycle.rollback',
      otherValue: String(given.rollback),
    };
    fault({ code: 'PJ1015', details, path: ['rollback'] });
  }
  const lifecycle = { ...DEFAULT_LIFECYCLE, ...(rollback === true ? { rollback } : {}), ...given };
  return { spec: spec as Spec, desiredState, lifecycle };
}

const COMMON = [
  'name',
  'description',
  'version',
  'tags',
  'env',
  'properties',
  'resources',
  'healthCheck',
  'restart',
  'stop',
  'volumes',
  'security',
  'monitoring',
];

function pick(value: JsonObject, keys: readonly string[]): JsonObject {
  const out: JsonObject = {};
  for (const key of keys) if (value[key] !== undefined && value[key] !== null) out[key] = value[key];
  return out;
}

/** `enforcement.gracePeriod` holds for every resource that has none of its own. */
const toResources: Convert = (value) => {
  if (!isObject(value)) return undefined;
  const out = convertKeys(value, { memory: toBytes, disk: toBytes });
  const { enforcement } = out;
  if (isObject(enforcement)) {
    const { gracePeriod, ...each } = enforcement;
    out['enforcement'] = mapValues(each, (entry) => {
      const own: JsonObject = isObject(entry) ? entry : { action: entry };
      return gracePeriod === undefined || own['gracePeriod'] !== undefined ? own : { ...own, gracePeriod };
    });
  }
  return out;
};
