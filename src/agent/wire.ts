import type { Socket } from 'node:net';
import { ERRORS, type ErrorCode, PjError } from '../errors.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { receiveLines, sendLine } from '../os/json-lines.ts';

/** Counts the incompatible changes of what goes over the socket. */
export const PROTOCOL = 1;

/** A line longer than this is no call of ours. Characters. */
const MAX_LINE = 16 * 1024 * 1024;
/** Answers tell of any number of workloads. */
export const MAX_ANSWER = 256 * 1024 * 1024;

export type Message =
  | { id: number; method: string; params: JsonObject }
  | { id: number; result: Json }
  | { id: number; error: WireError };

/** A PjError as it goes over the wire. */
export type WireError = {
  code: string;
  message: string;
  details: Record<string, string | number>;
  advice?: string;
};

/** Writes one message as a line of JSON. False when the socket is gone. */
export const send = (socket: Socket, message: Message): boolean => sendLine(socket, message);

/** Calls `take` with every message that arrives. What is no message of ours, or has more than `longest` characters, ends the connection with an error. */
export const receive = (socket: Socket, take: (message: JsonObject) => void, longest = MAX_LINE): void =>
  receiveLines(socket, take, longest);

/** Any thrown value in the form that goes over the wire. */
export function toWire(thrown: unknown): WireError {
  if (thrown instanceof PjError) {
    const { code, message, details, advice } = thrown;
    return advice === undefined ? { code, message, details } : { code, message, details, advice };
  }
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: 'PJ9001', message: what, details: { what: `agent: ${what}` } };
}

/** The error that came over the wire. A code that this pj does not know keeps its text. */
export function fromWire(error: WireError): PjError {
  if (!Object.hasOwn(ERRORS, error.code)) return new PjError('PJ9001', { what: `${error.code}: ${error.message}` });
  const more = error.advice === undefined ? {} : { advice: error.advice };
  return new PjError(error.code as ErrorCode, error.details, more);
}
