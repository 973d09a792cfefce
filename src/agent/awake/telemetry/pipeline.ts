import type { JsonObject } from '../../../model/json.ts';
import type { LogRecords } from '../../../telemetry/log-records.ts';
import type { Destination, Environment } from '../../../telemetry/settings.ts';
import type { WorkloadMetrics } from '../../../telemetry/workload-metrics.ts';
import type { Awake } from '../contract.ts';
import type { SharedCounts } from '../metrics/shared-counts.ts';
import { LogFollow } from './log-follow.ts';
import { Places } from './places.ts';

/** What goes out of one agent, as long as what is asked for stays the same. */
export interface Pipeline {
  changed(): Promise<void>;
  tick(): Promise<void>;
  figures(): Record<string, JsonObject>;
  /** Sends what is in the queues, for so many ms. */
  close(ms: number): Promise<void>;
}

/** Loads OpenTelemetry. `workloads`: their output too. Throws for a certificate that cannot be read. */
export async function openPipeline(
  awake: Awake,
  env: Environment,
  to: { metrics: Destination | undefined; logs: Destination | undefined },
  workloads: boolean,
): Promise<Pipeline> {
  const { exportLogs, exportMetrics } = await import('../../../telemetry/bundle.ts');
  const speaker = { env, project: awake.name };
  let counts: SharedCounts | undefined;
  let metrics: WorkloadMetrics | undefined;
  if (to.metrics !== undefined) {
    const { shareCounts } = await import('../metrics/shared-counts.ts');
    const { openReadings } = await import('./readings.ts');
    const shared = shareCounts(awake);
    counts = shared;
    metrics = exportMetrics(
      to.metrics,
      speaker,
      openReadings(awake, () => shared.tally),
    );
  }
  const places = new Places(awake.keep('telemetry'));
  let follow: LogFollow | undefined;
  let records: LogRecords | undefined;
  if (to.logs !== undefined) {
    records = exportLogs(to.logs, speaker, () => follow?.settled());
    follow = new LogFollow(awake, records, places, workloads);
    await follow.changed(places.fresh);
    places.write(awake.monotonic());
  }
  return {
    changed: async () => follow?.changed(),
    async tick() {
      counts?.tick();
      await follow?.tick();
      if (follow !== undefined) places.write(awake.monotonic());
    },
    figures: () => ({
      ...(metrics === undefined ? {} : { metrics: { ...metrics.figures() } }),
      ...(records === undefined ? {} : { logs: { ...records.figures(), ...follow?.figures() } }),
    }),
    async close(ms) {
      follow?.close();
      await Promise.all([metrics?.close(ms), records?.flush(ms)]);
      records?.close();
      counts?.release();
      if (follow !== undefined) places.write();
    },
  };
}
