import type { MakePart } from './contract.ts';

/** Every part of the watch, in the order in which they are told of a tick. */
export async function loadParts(): Promise<MakePart[]> {
  const { enforcement } = await import('./enforcement/enforcement.ts');
  const { metricsPart } = await import('./metrics/index.ts');
  const { telemetry } = await import('./telemetry/part.ts');
  const { makeBoot } = await import('./boot/boot.ts');
  const { makeDrift } = await import('./drift/drift.ts');
  const { health } = await import('./health/health.ts');
  return [makeBoot, health, enforcement, metricsPart, telemetry, makeDrift];
}
