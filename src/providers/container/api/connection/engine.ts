import type Dockerode from 'dockerode';
import type { CallContext } from '../../../contract.ts';

/** What is done to which workload, for error texts: `start web`. */
export interface Doing {
  action: string;
  id: string;
}

/** A request by hand: Podman's own API, and what every plan asks. */
export interface Request {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Without version prefix: `/libpod/containers/json`. */
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  /** Codes that are a success. @default 200, 201, 204 */
  ok?: number[];
}

/** A connection to an engine that speaks Docker's API. */
export interface ApiEngine {
  readonly name: 'docker' | 'podman';
  /** For error texts: `Docker 20.10.24 (unix:///var/run/docker.sock)`. */
  readonly label: string;
  /** `20.10.24`. */
  readonly version: string;
  /** It runs on this very kernel: its processes and cgroups can be read here. */
  readonly local: boolean;
  /**
   * Makes a call and gives what it gives. Throws the signal's reason when that aborts, PJ5408 when the engine goes away meanwhile, and else the
   * PjError that fits what the engine answered (PJ5403–PJ5412), PJ5407 with its own text where none does.
   */
  call<T>(doing: Doing, context: CallContext, run: (docker: Dockerode, signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Makes a request by hand and gives the parsed body. Throws as `call` does. */
  dial<T>(doing: Doing, context: CallContext, request: Request): Promise<T>;
}
