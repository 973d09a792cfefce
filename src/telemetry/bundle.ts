/** All that needs OpenTelemetry's libraries. The build makes one file of it, dist/otel.cjs, which is loaded when telemetry is on and not before: import it by `import()` only. */
export { traceApply } from './apply-trace.ts';
export { exportLogs } from './log-records.ts';
export { exportMetrics } from './workload-metrics.ts';
