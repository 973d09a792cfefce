import type { Socket } from 'node:net';
import { PjError } from '../errors.ts';
import { type Json, type JsonObject } from '../model/json.ts';
/** Counts the incompatible changes of what goes over the socket. */
export declare const PROTOCOL = 1;
export type Message = {
    id: number;
    method: string;
    params: JsonObject;
} | {
    id: number;
    result: Json;
} | {
    id: number;
    error: WireError;
};
/** A PjError as it goes over the wire. */
export type WireError = {
    code: string;
    message: string;
    details: Record<string, string | number>;
    advice?: string;
};
/** Writes one message as a line of JSON. False when the socket is gone. */
export declare function send(socket: Socket, message: Message): boolean;
/** Calls `take` with every message that arrives. What is no message of ours ends the connection with an error. */
export declare function receive(socket: Socket, take: (message: JsonObject) => void): void;
/** Any thrown value in the form that goes over the wire. */
export declare function toWire(thrown: unknown): WireError;
/** The error that came over the wire. A code that this pj does not know keeps its text. */
export declare function fromWire(error: WireError): PjError;
