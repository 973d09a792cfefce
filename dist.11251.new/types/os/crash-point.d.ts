/**
 * Places where the crash test pulls the plug. With PJ_CRASH_AT=N in the environment the process kills itself (SIGKILL, so
 * that nothing is cleaned up) at the Nth place it passes; without it this does nothing.
 */
export declare const crashPoint: (name: string) => void;
