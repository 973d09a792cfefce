import type { LogLine, LogOptions } from '../providers/contract.ts';
import { type Run } from './run.ts';
/** The output of one workload or of several, as it comes. Ends with the files unless `follow`. */
export declare function logsRun(run: Run, ids: readonly string[], options: LogOptions): AsyncGenerator<LogLine>;
