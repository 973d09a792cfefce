import { createHash, createHmac } from 'node:crypto';
import { resolveSpec } from '../../src/applier/resolve.ts';
import { canonical, type Json, type JsonObject, type Pointer } from '../../src/model/json.ts';
import type { Observed, ObservedStatus } from '../../src/model/observed.ts';
import type { UpdateClass } from '../../src/model/plan.ts';
import type { Identity, Snapshot, WorkloadRecord } from '../../src/model/record.ts';
import { isJob, type Spec } from '../../src/model/spec.ts';
import type { ProviderRules } from '../../src/planner/input.ts';
import type { FoundInstance } from '../../src/state/settle.ts';

/** A value that must never be seen in a plan. */
export const CANARY = 'canary-5f1e0c';
export const PROJECT = 'proj';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const digest = (value: Json): string => createHmac('sha256', 'key').update(canonical(value)).digest('hex');

/** One thing in the simulated engine. */
export interface Instance {
  identity: Identity;
  provider: string;
  /** Real values. */
  spec: Spec;
  specDigest: string;
  status: ObservedStatus;
  /** A wait has found it healthy since it was started. */
  healthy: boolean;
  pid: number;
  address: string;
  whole: boolean;
}

/** Secrets as they are now; changing one is a change of whatever refers to it. */
export type Secrets = Record<string, string>;

/** An engine in memory: instances by identity. A stand-in, since ten thousand random histories cannot be run on a real one. */
export class World {
  readonly instances = new Map<string, Instance>();
  private pids = 1;
  private ticks = 0;

  /** The time, a second later each time it is asked. */
  tick(): string {
    return new Date(Date.UTC(2026, 0, 1) + 1000 * this.ticks++).toISOString();
  }

  key(identity: Identity): string {
    return `${identity.project}/${identity.lineage}/${identity.id}@${identity.generation}`;
  }

  get(identity: Identity): Instance | undefined {
    return this.instances.get(this.key(identity));
  }

  create(identity: Identity, provider: string, spec: Spec, specDigest: string, whole = true): Instance {
    const old = this.get(identity);
    if (old !== undefined && old.specDigest === specDigest && old.whole) return old;
    const address = spec.external?.address ?? '127.0.0.1';
    const status = provider === 'external' ? 'running' : 'stopped';
    const made: Instance = { identity, provider, spec, specDigest, status, healthy: false, pid: 0, address, whole };
    this.instances.set(this.key(identity), made);
    return made;
  }

  start(one: Instance): void {
    if (one.status === 'running') return;
    one.status = 'running';
    one.healthy = false;
    one.pid = this.pids++;
  }

  update(one: Instance, spec: Spec, specDigest: string): void {
    one.spec = spec;
    one.specDigest = specDigest;
    one.address = spec.external?.address ?? one.address;
  }

  stop(one: Instance): void {
    // What pj does not run, it does not stop either.
    if (one.provider === 'external') return;
    if (one.status === 'running' || one.status === 'paused') one.status = 'stopped';
    one.healthy = false;
  }

  destroy(identity: Identity): void {
    this.instances.delete(this.key(identity));
  }

  attributes(one: Instance): JsonObject {
    const ports = Object.fromEntries((one.spec.native?.ports ?? []).map((port) => [String(port), port]));
    return { address: one.address, ports, ...(one.pid > 0 && { pid: one.pid }) };
  }

  handle(one: Instance): JsonObject {
    return { of: this.key(one.identity), pid: one.pid };
  }

  find(identity: Identity): FoundInstance | undefined {
    const one = this.get(identity);
    if (one === undefined) return undefined;
    const { status, whole, specDigest } = one;
    return { handle: this.handle(one), attributes: this.attributes(one), status, whole, specDigest };
  }

  /** What a provider's read would give for these records. */
  observe(snapshot: Snapshot | undefined): Map<string, Observed> {
    const seen = new Map<string, Observed>();
    for (const record of Object.values(snapshot?.workloads ?? {}))
      seen.set(record.id, this.read(record, snapshot?.lineage ?? ''));
    return seen;
  }

  private read(record: WorkloadRecord, lineage: string): Observed {
    const one = this.get({ project: PROJECT, lineage, id: record.id, generation: record.generation });
    if (one === undefined) return { id: record.id, status: 'gone', fields: {}, attributes: {}, handle: null };
    const fields: Record<Pointer, Json> = {};
    for (const key of Object.keys(record.spec.env ?? {})) fields[`/env/${key}`] = one.spec.env?.[key] ?? null;
    if (record.spec.resources?.memory !== undefined) fields['/resources/memory'] = one.spec.resources?.memory ?? null;
    if (record.spec.native?.args !== undefined) fields['/native/args'] = one.spec.native?.args ?? null;
    return { id: record.id, status: one.status, fields, attributes: this.attributes(one), handle: this.handle(one) };
  }
}

/** Resolves a spec as the applier does. */
export function resolveReal(id: string, spec: Spec, snapshot: Snapshot, secrets: Secrets) {
  const values = { lookup: lookupIn(secrets), digest };
  return resolveSpec(id, spec, { values, workloads: snapshot.workloads });
}

export function lookupIn(secrets: Secrets): (part: object) => Json | undefined {
  return (part) => ('secret' in part ? secrets[String(part.secret)] : undefined);
}

/** Update classes of the two simulated kinds. */
export function rulesOf(provider: string): ProviderRules {
  const of = (updateClass: UpdateClass) => ({ updateClass, reason: `${provider} says so` });
  if (provider === 'external') return { classify: () => of('live'), sideBySide: false, pause: false };
  return {
    classify(path) {
      if (path === '/native/command' || path === '/native/type' || path.startsWith('/java')) return of('replace');
      if (path.startsWith('/native') || path.startsWith('/env')) return of('restart');
      return of('live');
    },
    sideBySide: true,
    pause: true,
  };
}

/** Whether waiting for it would end well, were nothing to fail. */
export function endsWell(one: Instance): ObservedStatus {
  return isJob(one.spec) ? 'completed' : 'running';
}
