import type { Place } from '../model/workload.ts';

/** Something of a Compose file that pj does otherwise or not at all. */
export interface Note {
  place: Place;
  /** As `services.web.build`. */
  key: string;
  what: string;
  /** What to do about it; empty where there is nothing to do. */
  advice: string;
}
