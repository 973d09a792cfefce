import { type Managed, type World } from './world.ts';
/**
 * The process has ended by itself. What is left of its tree is ended too, then the restart policy decides: `completed`, `failed`, or
 * `backoff` with a timer. A process that nobody watched has an unknown exit.
 */
export declare function settle(managed: Managed, world: World, then: {
    relaunch(): void;
    tidy(): void;
}): Promise<void>;
