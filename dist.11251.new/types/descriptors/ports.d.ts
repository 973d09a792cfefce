import type { Json } from '../model/json.ts';
/** A published port, normalised. */
export type PortMapping = {
    container: number;
    host?: number;
    hostIp?: string;
    /** Absent: tcp. */
    protocol?: 'tcp' | 'udp' | 'sctp';
};
/**
 * The mappings that one entry stands for: `80`, `8080:80`, `127.0.0.1:8080:80/udp`, ranges `8000-8009:80-89`, or an object.
 * Undefined when it is none, or its ranges are of unlike length.
 */
export declare function portMappings(entry: Json): PortMapping[] | undefined;
