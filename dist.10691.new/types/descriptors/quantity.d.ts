/**
 * Bytes of a size. A bare number is MiB (platform-java says MB and means that), `KiB MiB GiB TiB` and the short forms
 * `Ki K` are powers of 1024, `KB MB GB TB` powers of 1000, `B` is bytes. Undefined for anything else. Whole bytes.
 */
export declare function bytes(value: unknown): number | undefined;
/** Seconds of a duration: a bare number is seconds; `500ms`, `10s`, `1m30s`, `2h`. Undefined for anything else. To the millisecond. */
export declare function seconds(value: unknown): number | undefined;
/** A port from 1 to 65535 of a number or its text, or undefined. */
export declare function port(value: unknown): number | undefined;
