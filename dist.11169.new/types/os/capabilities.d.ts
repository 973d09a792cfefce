/** `CAP_NET_RAW`, `NET_RAW` and `net_raw` as setpriv writes it: `net_raw`. Undefined: there is no such capability. */
export declare function capabilityName(written: string): string | undefined;
/** The nearest known name for a hint. */
export declare const allCapabilities: () => readonly string[];
/** The capabilities in one of this process's sets: effective (what it may do) or bounding (what it could ever pass on). */
export declare function ownCapabilities(set: 'effective' | 'bounding'): Set<string>;
