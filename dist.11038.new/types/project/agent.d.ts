import type { ProjectOptions } from './options.ts';
import type { ProjectAgent } from './project.ts';
/** The agent of the project in `dir`. */
export declare function agentOf(dir: string, options: ProjectOptions): ProjectAgent;
