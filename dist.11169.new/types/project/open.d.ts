import type { ProjectOptions } from './options.ts';
import type { Project } from './project.ts';
/**
 * Opens a project: what the commands do, as functions.
 * @throws PjError PJ1001 when there is no such directory
 */
export declare function openProject(options?: ProjectOptions): Project;
