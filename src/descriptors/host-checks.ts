import { isObject, type Json } from '../model/json.ts';
import { isLeaf } from '../model/template.ts';
import type { Built } from './build.ts';
import type { Path, Report } from './problem.ts';
import { port as asPort } from './quantity.ts';

/** What the host has: cores and bytes. */
export interface HostFacts {
  cpus: number;
  memory: number;
}

/** Warns of quotas above what the host has. */
export function warnQuotas(all: readonly Built[], host: HostFacts, warn: Report): void {
  for (const { workload, spot } of all) {
    const { cpu, memory } = workload.spec.resources ?? {};
    const tell = (resource: string, asked: string, has: string): void =>
      warn({
        code: 'PJ1045',
        details: { id: workload.id, resource, asked, has },
        spots: [spot(['resources', resource])],
        workload: workload.id,
      });
    if (typeof cpu === 'number' && cpu > host.cpus) tell('cpu', `${cpu} cores`, `${host.cpus}`);
    if (typeof memory === 'number' && memory > host.memory) tell('memory', mib(memory), mib(host.memory));
  }
}

const mib = (size: number): string => `${Math.round(size / 2 ** 20)} MiB`;

/** A port of the host that a workload takes. */
interface Claim {
  port: number;
  protocol: string;
  /** Undefined: on all addresses. */
  ip: string | undefined;
  path: Path;
  built: Built;
}

/** Reports ports of the host that two workloads take which should both run. */
export function reportPortClashes(all: readonly Built[], report: Report): void {
  const taken = new Map<string, Claim[]>();
  for (const built of all) {
    if (built.workload.desiredState === 'stopped') continue;
    for (const claim of claims(built)) {
      const key = `${claim.port}/${claim.protocol}`;
      const others = taken.get(key) ?? [];
      taken.set(key, others);
      const clash = others.find((other) => other.built !== built && overlap(other.ip, claim.ip));
      // one error a workload and port is enough
      if (clash === undefined) {
        if (!others.some((other) => other.built === built)) others.push(claim);
        continue;
      }
      const same = clash.built.draft === built.draft;
      report({
        code: 'PJ1043',
        details: { id: clash.built.workload.id, other: built.workload.id, port: key.replace('/tcp', '') },
        spots: same ? [built.spot(claim.path)] : [built.spot(claim.path), clash.built.spot(clash.path)],
        ...(same ? { advice: 'Replicas need ports of their own, such as "808${index}".' } : {}),
      });
      if (same) break;
    }
  }
}

const overlap = (a: string | undefined, b: string | undefined): boolean =>
  a === undefined || b === undefined || a === b;

function claims(built: Built): Claim[] {
  const { spec, kind } = built.workload;
  const found: Claim[] = [];
  const claim = (port: Json | undefined, path: Path, protocol = 'tcp', ip?: string): void => {
    if (typeof port === 'number') found.push({ port, protocol, ip, path, built });
  };
  for (const [i, each] of (spec.native?.ports ?? []).entries()) claim(each, ['native', 'ports', i]);
  if (Array.isArray(spec.java?.['ports']))
    for (const [i, each] of spec.java['ports'].entries()) claim(each, ['java', 'ports', i]);
  const mapped = (entries: Json | undefined, path: Path): void => {
    if (!Array.isArray(entries)) return;
    for (const each of entries) {
      if (!isObject(each) || isLeaf(each)) continue;
      const ip =
        each['hostIp'] === '0.0.0.0' || each['hostIp'] === '::' ? undefined : (each['hostIp'] as string | undefined);
      claim(each['host'], path, (each['protocol'] as string | undefined) ?? 'tcp', ip);
    }
  };
  mapped(spec.container?.['ports'], ['container', 'ports']);
  mapped(spec.vm?.['ports'], ['vm', 'ports']);
  // the port that its own health check asks on this host is taken to be its own
  if (kind === 'native' || kind === 'java') {
    const check = spec.healthCheck;
    if (check !== undefined && check.enabled !== false && (check.type === 'http' || check.type === 'tcp')) {
      if (check.url !== undefined) claim(localPort(check.url), ['healthCheck', 'url']);
      else if (check.host === undefined || LOCAL.test(check.host)) claim(check.port, ['healthCheck', 'port']);
    }
  }
  return found;
}

const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?|0\.0\.0\.0)$/;

function localPort(url: unknown): number | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined;
  const { hostname, port, protocol } = new URL(url);
  if (!LOCAL.test(hostname)) return undefined;
  return port === '' ? (protocol === 'https:' ? 443 : 80) : asPort(port);
}
