import { request } from 'node:http';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';

/** Where an HTTP server listens: a Unix socket, or `host:port`. */
export type Address = { socket: string } | { host: string };

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Question {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Readable;
  /** Milliseconds until the whole answer has to be there. */
  deadlineMs?: number;
}

/** One HTTP request. Rejects where nobody answers in time; any status is an answer. */
export function ask(address: Address, path: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, deadlineMs = 10_000 } = question;
  const where = 'socket' in address ? { socketPath: address.socket } : hostAndPort(address.host);
  return new Promise((resolve, reject) => {
    const sent = request(
      { ...where, path, method, headers, agent: false, signal: AbortSignal.timeout(deadlineMs) },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    sent.on('error', reject);
    if (body === undefined || typeof body === 'string') sent.end(body);
    else body.on('error', (error) => sent.destroy(error)).pipe(sent);
  });
}

/**
 * A request to the API of Docker or Podman that has to succeed. Also throws for the errors that builds, pulls and pushes tell in the middle
 * of an answer of status 200.
 */
export async function tell(address: Address, path: string, question: Question = {}): Promise<string> {
  const answer = await ask(address, path, question);
  const failed = /^\{.*"error":\s*"((?:[^"\\]|\\.)*)"/m.exec(answer.body)?.[1];
  if (answer.status >= 400 || failed !== undefined) {
    throw new Error(`${question.method ?? 'GET'} ${path}: ${answer.status} ${failed ?? answer.body.trim()}`);
  }
  return answer.body;
}

/** True when there is an answer of this status (default 200) within `deadlineMs`. */
export async function answers(address: Address, path: string, status = 200, deadlineMs = 2_000): Promise<boolean> {
  return ask(address, path, { deadlineMs }).then(
    (answer) => answer.status === status,
    () => false,
  );
}

/** True when somebody accepts connections there within `deadlineMs`. */
export function accepts(port: number, host = '127.0.0.1', deadlineMs = 2_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: deadlineMs });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.on('connect', () => end(true));
    socket.on('timeout', () => end(false));
    socket.on('error', () => end(false));
  });
}

function hostAndPort(text: string): { host: string; port: number } {
  const { hostname, port } = new URL(`http://${text}`);
  return { host: hostname, port: Number(port || 80) };
}
