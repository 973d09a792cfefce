import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ActivityEvent } from '../model/awake.ts';

/** Where what happens to a project is kept: one JSON object a line. Command and agent append to it, each line in one write. */
export const activityFile = (project: string): string => join(project, '.pj', 'events.ndjson');

/** What happens to a project, kept in its file and told to whoever listens in this process. */
export interface ActivityLog {
  /** Appends; a disk that is full costs the line and nothing else. */
  tell(event: Omit<ActivityEvent, 'at'>): void;
  /** Called with every event of this process. Gives the way to end it. */
  listen(listener: (event: ActivityEvent) => void): () => void;
}

export function openActivity(project: string, now: () => Date): ActivityLog {
  const path = activityFile(project);
  const listeners = new Set<(event: ActivityEvent) => void>();
  return {
    tell(event) {
      const whole: ActivityEvent = { at: now().toISOString(), ...event };
      try {
        appendFileSync(path, `${JSON.stringify(whole)}\n`, { mode: 0o600 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') mkdirSync(join(project, '.pj'), { mode: 0o700 });
      }
      for (const listener of listeners) listener(whole);
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
