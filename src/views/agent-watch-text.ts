import type { AwakeStatus } from '../model/awake.ts';
import type { Json } from '../model/json.ts';
import { ago } from './age.ts';
import { safe } from './text-safety.ts';
import { plural } from './wording.ts';

/** What the agent tells of its watch, a line each: sampling, metrics, drift, telemetry. */
export function watchLines(watch: Omit<AwakeStatus, 'workloads'>, now: Date): string[] {
  const { sampling, metrics, drift, telemetry } = watch;
  const { interval, ticks, missed, jitterP99 } = sampling;
  const lines = [
    `It samples every ${interval === 1 ? 'second' : `${interval} s`}: ${ticks} times so far, ${missed} missed; 99 of 100 were at most ${jitterP99} ms late.`,
  ];
  if (metrics !== undefined) lines.push(`Metrics: ${safe(metrics)}`);
  if (drift !== undefined) {
    const found =
      drift.error !== undefined
        ? `failed: ${drift.error}`
        : drift.workloads.length === 0
          ? 'nothing has moved'
          : `${plural(drift.workloads.length, 'workload')} moved: ${drift.workloads.join(', ')}`;
    lines.push(`Drift: looked ${ago(drift.at, now) ?? drift.at}, ${safe(found)}`);
  }
  if (telemetry !== undefined) {
    const told = Object.entries(telemetry).map(([name, value]) => `${name} ${figure(value)}`);
    lines.push(`Telemetry: ${safe(told.join(', '))}`);
  }
  return lines;
}

const figure = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value));
