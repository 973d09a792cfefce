import type { Ports } from './ports.ts';
import type { EngineName, Engines } from './record.ts';

/** What a step is told. */
export interface Run {
  session: string;
  ports: Ports;
}

/** What came up. A step that starts a helper only, which others tell of, gives nothing. */
export type Given = { [N in EngineName]?: Engines[N] };

/** One engine, or what engines need. */
export interface Step {
  name: string;
  /** Debian packages. */
  packages: readonly string[];
  /** What is missing when this fails. */
  gives: readonly EngineName[];
  /** Steps that come along when this one is asked for. */
  needs: readonly string[];
  /** Brings it up unless it is. Throws with the reason and what to do. */
  up(run: Run): Promise<Given>;
  /** Names of its processes in `started/`. */
  daemons: readonly string[];
  /** Ends what we started of it, and what was made with it; called only where one of `daemons` is ours and runs. */
  down(): Promise<void>;
}
