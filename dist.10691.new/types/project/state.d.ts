import type { ProjectOptions } from './options.ts';
import type { ProjectState } from './project.ts';
/** The state of the project in `dir`, to look into and to mend by hand. */
export declare function stateOf(dir: string, options: ProjectOptions): ProjectState;
