import type { AgentConfig } from '../model/awake.ts';

export type Signal = 'traces' | 'metrics' | 'logs';
export type Environment = Record<string, string | undefined>;

/** Where one signal goes and how. Headers may hold secrets: they are never shown. */
export interface Destination {
  /** With its path; http or https. */
  url: string;
  protocol: 'http/protobuf' | 'http/json';
  headers: Record<string, string>;
  /** Of one export, the exporter's own retries in it. ms */
  timeout: number;
  compression: 'gzip' | 'none';
  /** Paths of PEM files. */
  tls: { ca?: string; cert?: string; key?: string };
}

/** What environment and pj.yaml say of telemetry. A signal without destination is off. */
export interface TelemetrySettings {
  destinations: Partial<Record<Signal, Destination>>;
  /** Signals that somebody asks for, also those that have no destination as long as a header or a protocol cannot be had. */
  wanted: Signal[];
  /** Logs hold what workloads write too, not the events of pj alone. */
  output: boolean;
  /** What is asked for and cannot be had, for people. */
  problems: string[];
}

/** What the sources of `agent.telemetry.headers` gave, by header. */
export interface GivenHeaders {
  values: Record<string, string>;
  /** Why there is none. */
  missing: Record<string, string>;
}

const SIGNALS: readonly Signal[] = ['traces', 'metrics', 'logs'];
const DEFAULT_TIMEOUT = 10_000;

/**
 * Undefined where telemetry is off: no endpoint is named (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_{TRACES,METRICS,LOGS}_ENDPOINT, then `agent.telemetry.endpoint`),
 * or OTEL_SDK_DISABLED says so. Logs go out only where somebody asks for them by name (`agent.telemetry.logs`, OTEL_LOGS_EXPORTER, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT): what a program
 * prints may be secret. This file loads nothing of OpenTelemetry: every run of pj asks it.
 */
export function telemetrySettings(
  env: Environment,
  config: AgentConfig['telemetry'] = {},
  given: GivenHeaders = { values: {}, missing: {} },
): TelemetrySettings | undefined {
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true') return undefined;
  const settings: TelemetrySettings = { destinations: {}, wanted: [], output: false, problems: [] };
  const logs = logsNamed(env);
  settings.output = config.logs ?? logs;
  let asked = false;
  for (const signal of SIGNALS) {
    const base = read(env, 'OTEL_EXPORTER_OTLP_ENDPOINT') ?? config.endpoint;
    const named = read(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`);
    const url = named ?? (base === undefined ? undefined : `${base.replace(/\/$/, '')}/v1/${signal}`);
    if (url === undefined) continue;
    asked = true;
    if (signal === 'logs' && !logs && config.logs !== true) continue;
    if (!wanted(env, signal, settings.problems)) continue;
    settings.wanted.push(signal);
    // They are for the collector that pj.yaml names: another one must not get them.
    const own = config.endpoint !== undefined && url === `${config.endpoint.replace(/\/$/, '')}/v1/${signal}`;
    const headers = headersOf(env, signal, own ? given : { values: {}, missing: {} }, settings.problems);
    if (headers === undefined) continue;
    const destination = destinationOf(env, signal, url, config.protocol, headers, settings.problems);
    if (destination !== undefined) settings.destinations[signal] = destination;
  }
  settings.problems = [...new Set(settings.problems)];
  return asked ? settings : undefined;
}

/** The environment asks for logs by name: an endpoint for all signals does not, which many have set for programs of their own. */
const logsNamed = (env: Environment): boolean =>
  read(env, 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT') !== undefined ||
  exportersOf(env, 'OTEL_LOGS_EXPORTER')?.includes('otlp') === true;

const exportersOf = (env: Environment, name: string): string[] | undefined =>
  read(env, name)
    ?.split(',')
    .map((one) => one.trim());

/** OTEL_TRACES_EXPORTER and the like: `otlp` (the default) or `none`. */
function wanted(env: Environment, signal: Signal, problems: string[]): boolean {
  const name = `OTEL_${signal.toUpperCase()}_EXPORTER`;
  const exporters = exportersOf(env, name) ?? ['otlp'];
  for (const other of exporters)
    if (other !== 'otlp' && other !== 'none') problems.push(`${name}: pj has no exporter ${other}, only otlp`);
  return exporters.includes('otlp');
}

function destinationOf(
  env: Environment,
  signal: Signal,
  url: string,
  configured: string | undefined,
  headers: Record<string, string>,
  problems: string[],
): Destination | undefined {
  const of = (name: string): string | undefined =>
    read(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${name}`) ?? read(env, `OTEL_EXPORTER_OTLP_${name}`);
  const protocol = of('PROTOCOL') ?? configured ?? 'http/protobuf';
  if (protocol !== 'http/protobuf' && protocol !== 'http/json') {
    const grpc = protocol === 'grpc' ? ', which collectors take on port 4318' : '';
    problems.push(`the protocol ${protocol} is not there: pj speaks http/protobuf and http/json${grpc}`);
    return undefined;
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    problems.push(`the endpoint for ${signal} is no URL with http or https`);
    return undefined;
  }
  const compression = of('COMPRESSION') ?? 'none';
  if (compression !== 'gzip' && compression !== 'none') problems.push(`no compression ${compression}: gzip or none`);
  const [ca, cert, key] = [of('CERTIFICATE'), of('CLIENT_CERTIFICATE'), of('CLIENT_KEY')];
  return {
    url,
    protocol,
    headers,
    timeout: whole(of('TIMEOUT')) ?? DEFAULT_TIMEOUT,
    compression: compression === 'gzip' ? 'gzip' : 'none',
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    },
  };
}

/** The variables' headers hold over those of pj.yaml, whatever their case. Undefined where one cannot be had: without it nothing would be let in. */
function headersOf(
  env: Environment,
  signal: Signal,
  { values, missing }: GivenHeaders,
  problems: string[],
): Record<string, string> | undefined {
  const headers = {
    ...pairs(read(env, 'OTEL_EXPORTER_OTLP_HEADERS')),
    ...pairs(read(env, `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_HEADERS`)),
  };
  const taken = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  for (const [name, value] of Object.entries(values)) if (!taken.has(name.toLowerCase())) headers[name] = value;
  const wanting = Object.entries(missing).filter(([name]) => !taken.has(name.toLowerCase()));
  for (const [name, reason] of wanting) problems.push(`the header ${name} cannot be had: ${reason}`);
  return wanting.length > 0 ? undefined : headers;
}

/** An empty variable is one that is not set, as OpenTelemetry has it. */
export function read(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/** A number of milliseconds, items, …; undefined for what is none. */
export function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** `key=value,key=value`, percent-encoded, as in OTEL_RESOURCE_ATTRIBUTES and headers. */
export function pairs(text: string | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const equals = pair.indexOf('=');
    if (equals > 0) found[decoded(pair.slice(0, equals).trim())] = decoded(pair.slice(equals + 1).trim());
  }
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** An endpoint as it may be shown: without user, password and query. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}
