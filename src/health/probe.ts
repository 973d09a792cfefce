import { isAbsolute, join } from 'node:path';
import type { Probe, ProbeRequest, Verdict } from '../applier/contract.ts';
import { DEFAULT_HEALTH, type HealthCheck, type Spec } from '../model/spec.ts';
import { logWatch } from './log-watch.ts';

/** What probes need to know of where they run. */
export interface ProbeOptions {
  /** Absolute path of the project: what relative paths are relative to. */
  dir: string;
  /** The environment below the workload's own, for exec probes: PATH and the like. Never secrets. */
  env: Record<string, string | undefined>;
}

/**
 * One probe for all health checks of one run (or of one agent): it remembers how far it has read log files. Never throws: what
 * goes wrong is the reason why it is not healthy. A spec without a check beyond "it runs" is healthy.
 */
export function healthProbe(options: ProbeOptions): Probe {
  const logs = logWatch();
  return async (request, signal) => {
    const check = request.spec.healthCheck;
    const type = check?.enabled === false ? 'process' : (check?.type ?? 'process');
    if (check === undefined || type === 'process') return { healthy: true };
    const timeout = Math.max(10, (check.timeout ?? DEFAULT_HEALTH.timeout) * 1000);
    return await within(timeout, signal, async (over) => {
      switch (type) {
        case 'http': {
          const { probeHttp } = await import('./http.ts');
          const host = hostOf(check, request);
          if (check.url === undefined && host === undefined) return NO_ADDRESS;
          const url = urlOf(check, host ?? '');
          if (url === undefined) return unhealthy('the health check has neither a url nor a port');
          return await probeHttp({ url, expectedStatus: check.expectedStatus }, over);
        }
        case 'tcp': {
          const { probeTcp } = await import('./tcp.ts');
          if (check.port === undefined) return unhealthy('the health check has no port');
          const host = hostOf(check, request);
          if (host === undefined) return NO_ADDRESS;
          return await probeTcp({ host, port: check.port }, over);
        }
        case 'exec': {
          const { probeExec } = await import('./exec.ts');
          if (check.command === undefined) return unhealthy('the health check has no command');
          const user = await userOf(request.spec);
          return await probeExec({ command: check.command, ...surroundings(request.spec, options), ...user }, over);
        }
        case 'log':
          if (check.pattern === undefined) return unhealthy('the health check has no pattern');
          return await logs(request, check.pattern);
        case 'engine':
          return unhealthy('only the engine of a container runs the check of its image');
        default:
          return type satisfies never;
      }
    });
  };
}

const unhealthy = (reason: string): Verdict => ({ healthy: false, reason });
const NO_ADDRESS = unhealthy('its address is not known yet');

/** Runs one probe with its timeout; its signal is aborted when the time is over or nobody waits any longer. */
async function within(
  ms: number,
  signal: AbortSignal,
  probe: (signal: AbortSignal) => Promise<Verdict>,
): Promise<Verdict> {
  if (signal.aborted) return unhealthy('the probe was given up');
  const over = new AbortController();
  const end = () => over.abort();
  const timer = setTimeout(() => over.abort(new ProbeTimeout(ms)), ms);
  signal.addEventListener('abort', end, { once: true });
  try {
    return await probe(over.signal);
  } catch (thrown) {
    return unhealthy(thrown instanceof Error ? thrown.message : String(thrown));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
    over.abort();
  }
}

class ProbeTimeout extends Error {
  constructor(ms: number) {
    super(`no answer within ${Math.round(ms / 100) / 10} s`);
  }
}

/** Undefined for a machine that has no address yet: at 127.0.0.1 somebody else would answer. */
function hostOf(check: HealthCheck, request: ProbeRequest): string | undefined {
  // An address that is sensitive is in the resolved spec alone.
  const address = request.attributes['address'] ?? request.spec.external?.address;
  if (check.host !== undefined) return check.host;
  if (typeof address === 'string' && address !== '') return address;
  return request.spec.vm === undefined ? '127.0.0.1' : undefined;
}

function urlOf(check: HealthCheck, host: string): string | undefined {
  if (check.url !== undefined) return check.url;
  if (check.port === undefined) return undefined;
  const path = check.path ?? '/';
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${check.port}${path.startsWith('/') ? path : `/${path}`}`;
}

/** The workload's own user, where pj may become it: a check needs no more rights than what it checks. */
async function userOf(spec: Spec): Promise<{ uid?: number; gid?: number }> {
  const name = spec.native?.user;
  if (name === undefined || process.getuid?.() !== 0) return {};
  const { lookupGroup, lookupUser } = await import('../os/accounts.ts');
  const user = lookupUser(name);
  if (user === undefined) throw new Error(`there is no user ${name} to run the health check as`);
  const group = spec.native?.group === undefined ? undefined : lookupGroup(spec.native.group);
  return { uid: user.uid, gid: group?.gid ?? user.gid };
}

function surroundings(spec: Spec, options: ProbeOptions): { cwd: string; env: Record<string, string> } {
  const workdir = spec.native?.workdir;
  const cwd = workdir === undefined ? options.dir : isAbsolute(workdir) ? workdir : join(options.dir, workdir);
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...options.env, ...spec.properties, ...spec.env })) {
    if (value !== undefined) env[name] = value;
  }
  return { cwd, env };
}
