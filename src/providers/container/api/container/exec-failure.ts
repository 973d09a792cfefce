import type { Frame } from './log-frames.ts';

/** How an engine begins what it says, in the command's place, of a command that cannot be started. */
const BEGINNINGS = ['OCI runtime exec failed: ', 'Error: runc: ', 'Error: crun: ', 'Error: OCI '];
/** Bytes; what is longer is a command's own. */
const LONGEST = 4096;

/** Why a command could not be started. */
interface ExecFailure {
  /** For people. */
  text: string;
  /** What the engine wrote. */
  raw: string;
  /** The file is there. */
  found: boolean;
}

/** Holds output back as long as it may be the engine's own word for a command that cannot be started; lets everything else through. */
export function execFailure(): { pass(frame: Frame): Frame[]; end(): ExecFailure | undefined } {
  let held: Frame[] = [];
  let own = false;
  const text = (): string => Buffer.concat(held.map(({ data }) => data)).toString();
  return {
    pass(frame) {
      if (own) return [frame];
      held.push(frame);
      const said = text();
      if (said.length < LONGEST && BEGINNINGS.some((one) => said.startsWith(one) || one.startsWith(said))) return [];
      own = true;
      const all = held;
      held = [];
      return all;
    },
    end() {
      const raw = text();
      if (raw === '') return undefined;
      const found = !/not found|no such file/i.test(raw);
      const why = /permission denied/i.test(raw) ? 'not executable' : raw.trim();
      return { raw, found, text: found ? why : 'not found' };
    },
  };
}
