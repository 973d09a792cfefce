import { type LoadedProject } from '../descriptors/load.ts';
import type { Part } from '../model/template.ts';
import type { ProjectOptions } from './options.ts';
/** Reads every descriptor. Errors are in the result, not thrown. */
export declare function loadDescriptors(dir: string, options: ProjectOptions): Promise<LoadedProject>;
/** Throws what is wrong with the descriptors, all of it in one error. */
export declare function refuseBroken(loaded: LoadedProject): void;
/** The templates of all desired workloads that hold something sensitive. */
export declare function sensitiveTemplates(loaded: LoadedProject): Part[][];
