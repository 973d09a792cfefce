import type { ActivityLog } from '../../../activity/log.ts';
import type { Clock } from '../clock.ts';

/** At most one event in so long. ms */
const EVERY = 60_000;

/** Tells how many samples were missed: once a minute at most, and only where there were some. */
export class MissedSamples {
  private readonly activity: ActivityLog;
  private readonly clock: Clock;
  private toldAt = Number.NEGATIVE_INFINITY;
  private told = { ticks: 0, slow: new Map<string, number>() };

  constructor(activity: ActivityLog, clock: Clock) {
    this.activity = activity;
    this.clock = clock;
  }

  /** Takes the counts so far: of ticks, and of each engine. */
  count(ticks: number, slow: Readonly<Record<string, number>>): void {
    const byEngine = Object.entries(slow)
      .map(([engine, count]) => [engine, count - (this.told.slow.get(engine) ?? 0)] as const)
      .filter(([, count]) => count > 0);
    const late = ticks - this.told.ticks;
    if ((late <= 0 && byEngine.length === 0) || this.clock.monotonic() - this.toldAt < EVERY) return;
    this.toldAt = this.clock.monotonic();
    this.told = { ticks, slow: new Map(Object.entries(slow)) };
    const parts = [
      ...(late > 0 ? [`${late} of all workloads, as the machine or the agent was too busy`] : []),
      ...byEngine.map(([engine, count]) => `${count} of ${engine}, which still owed the one before`),
    ];
    this.activity.tell({
      type: 'samples_missed',
      severity: 'warning',
      message: `samples missed: ${parts.join('; ')}`,
      data: { ticks: Math.max(0, late), engines: Object.fromEntries(byEngine) },
    });
  }
}
