import { randomUUID } from 'node:crypto';
import type { Sighting, WorkloadCall } from '../../agent/calls.ts';
import { reviveAgent } from '../../agent/control.ts';
import { keyOf } from '../../agent/entry.ts';
import { defaultAgentEntry } from '../../agent/entry-path.ts';
import { baseEnvironment } from '../../agent/environment.ts';
import { logFiles } from '../../agent/log-files.ts';
import { releaseUnwatched } from '../../agent/release.ts';
import { sampleUnwatched } from '../../agent/sample.ts';
import { PjError } from '../../errors.ts';
import { readLogs } from '../../logs/read.ts';
import type { Identity, WorkloadRecord } from '../../model/record.ts';
import { stopPolicy } from '../../model/spec.ts';
import { detectCgroups } from '../../os/cgroup.ts';
import type { CallContext, Provider, Target } from '../contract.ts';
import { describeProcess } from './adopt.ts';
import { agentLink } from './agent-link.ts';
import { checkNative } from './check.ts';
import { classifyNative, keepsNative } from './classify.ts';
import { lookWithoutAgent, orphansWithoutAgent } from './look.ts';
import { foundOf, madeOf, observedOf } from './observed.ts';

/** What the native provider works in. */
export interface NativeOptions {
  /** Absolute path of the project, links resolved. */
  dir: string;
  /** The project's name. */
  project: string;
  env: Record<string, string | undefined>;
  pjVersion: string;
  /** The agent's program; default beside the bundle. PJ_AGENT_ENTRY in `env` overrides it. */
  agentEntry?: string;
  /** Seconds without work after which the agent ends; default 30. */
  agentIdle?: number;
}

/** Seconds that a call may take beyond the grace period of what it has to stop. */
const CALL_MARGIN = 60;

/** Processes of this host, run by the project's agent. Reading needs no agent and starts none. */
export function nativeProvider(options: NativeOptions): Provider {
  const { dir, project, env } = options;
  const ensure = {
    project: dir,
    env,
    version: options.pjVersion,
    agentEntry: options.agentEntry ?? defaultAgentEntry(),
    ...(options.agentIdle === undefined ? {} : { idle: options.agentIdle }),
  };
  const link = agentLink(ensure);
  const base = baseEnvironment(env);
  let left = false;
  let releasing: Promise<void> = Promise.resolve();

  const look = async (signal: AbortSignal): Promise<Sighting[]> =>
    (await link.ask('look', {}, signal)) ?? lookWithoutAgent(dir);
  const callOf = ({ identity, handle, spec, stored, origin, specDigest }: Target): WorkloadCall => ({
    identity,
    ...instanceIn(handle),
    spec,
    ...(stored === undefined ? {} : { stored }),
    ...(origin === undefined ? {} : { origin }),
    specDigest,
    base,
  });
  const within = ({ signal }: CallContext, { spec }: Target) => ({
    signal,
    timeout: CALL_MARGIN + stopPolicy(spec).gracePeriod,
  });

  return {
    name: 'native',
    kind: 'native',
    capabilities: { pause: false, logs: true, exec: false, import: true, sideBySide: true },
    probe: async () => {
      const host = detectCgroups();
      const notes = host.reason === undefined ? [] : [`limits: ${host.reason}`];
      return { usable: true, engine: 'processes of this host', version: process.version, notes };
    },
    check: async (workloads) => checkNative(workloads, dir, env),
    classify: classifyNative,
    keeps: (attribute, _through, paths) => keepsNative(attribute, paths),
    async find(identity, { signal }) {
      const found = (await look(signal)).find(({ entry }) => isSame(entry.identity, identity));
      return found === undefined ? undefined : foundOf(found, dir);
    },
    async list({ lineage }, { signal }) {
      const sightings = (await look(signal)).filter(({ entry }) => entry.identity.lineage === lineage);
      const orphans = (await link.ask('orphans', { lineage }, signal)) ?? orphansWithoutAgent(dir, project, lineage);
      return [
        ...sightings.map((one) => ({ identity: one.entry.identity, found: foundOf(one, dir) })),
        ...orphans.map(({ identity, pid, startTime }) => ({
          identity: { ...identity, project },
          found: { handle: { pid, startTime }, attributes: { pid }, status: 'running' as const, whole: false },
        })),
      ];
    },
    async read(records, { signal }) {
      const sightings = await look(signal);
      const byInstance = new Map(sightings.map((one) => [one.entry.instance, one]));
      const byKey = new Map(sightings.map((one) => [keyOf(one.entry.identity), one]));
      return records.map((record) => {
        const instance = record.handle?.['instance'];
        // By instance first: what was renamed (`moved`) is still known by its old id.
        const seen = (typeof instance === 'string' ? byInstance.get(instance) : undefined) ?? byKey.get(keyOf(record));
        return observedOf(record, seen, dir);
      });
    },
    async create(target, context) {
      return madeOf(await link.call('create', callOf(target), within(context, target)), dir);
    },
    async start(target, context) {
      // The name of this start: should the agent die, the next one knows whether it has been made.
      const call = { ...callOf(target), run: randomUUID() };
      return madeOf(await link.call('start', call, within(context, target)), dir);
    },
    async update(target, _paths, context) {
      return madeOf(await link.call('update', callOf(target), within(context, target)), dir);
    },
    async stop(target, context) {
      const call = { identity: target.identity, ...instanceIn(target.handle) };
      context.progress(`stopping (up to ${stopPolicy(target.spec).gracePeriod} s)`);
      await link.call('stop', call, within(context, target));
    },
    async destroy(target, { destroyVolumes }, context) {
      const call = { identity: target.identity, ...instanceIn(target.handle), destroyVolumes };
      await link.call('destroy', call, within(context, target));
      left = true;
    },
    async release({ identity, handle }, { signal }) {
      const { instance } = instanceIn(handle);
      const call = { identity, ...(instance === undefined ? {} : { instance }) };
      const answer = await link.ask('release', call, signal);
      if (answer !== undefined) left = true;
      // None is started for this: it would start what nobody asked for. One after the other, as they share one lock.
      const turn = releasing.then(() => (answer === undefined ? releaseUnwatched(dir, identity, instance) : undefined));
      releasing = turn.catch(() => undefined);
      await turn;
    },
    logFiles: (record) => Object.values(filesOf(record, dir)),
    async *logs(record, { follow, since, tail }, { signal }) {
      const { out, err } = filesOf(record, dir);
      for await (const line of readLogs({ paths: { stdout: out, stderr: err }, follow, since, tail, signal })) {
        yield { workload: record.id, stream: line.stream, text: line.text };
      }
    },
    async sample(records, { signal }) {
      const sightings = await look(signal);
      const wanted = records.flatMap((record) => {
        const seen = sightings.find(({ entry }) => entry.instance === record.handle?.['instance']);
        return seen === undefined ? [] : [{ record, entry: seen.entry }];
      });
      const keys = wanted.map(({ entry }) => keyOf(entry.identity));
      const usage =
        (await link.ask('sample', { keys }, signal)) ?? (await sampleUnwatched(wanted.map(({ entry }) => entry)));
      const byId = new Map(usage.map((one) => [one.id, one]));
      return wanted.map(({ record, entry }) => ({ ...byId.get(entry.identity.id), id: record.id }));
    },
    async adopt({ identity, engineId, spec }, { signal }) {
      const described = describeProcess(identity.id, engineId, spec, dir, base['PATH'] ?? '');
      const call = {
        identity,
        spec: described.whole,
        ...(spec === undefined ? {} : { stored: described.recorded }),
        specDigest: '',
        base,
        pid: described.pid,
      };
      const sighting = await link.call('adopt', call, { signal });
      return { spec: described.recorded, made: madeOf(sighting, dir) };
    },
    async watch({ signal }) {
      await reviveAgent({ ...ensure, signal });
    },
    close: () => link.close(left),
  };
}

/** The instance that a handle names; a handle of another shape is not ours. */
function instanceIn(handle: Target['handle']): { instance?: string } {
  const instance = handle?.['instance'];
  if (handle !== null && instance !== undefined && typeof instance !== 'string') {
    throw new PjError('PJ5304', { id: JSON.stringify(instance) });
  }
  return typeof instance === 'string' ? { instance } : {};
}

const isSame = (a: Identity, b: Identity) => a.id === b.id && a.generation === b.generation && a.lineage === b.lineage;

/** The files that a record's output goes to: as it was told when it was started, else by its id. */
function filesOf(record: WorkloadRecord, dir: string): { out: string; err: string } {
  const told = record.attributes['logFiles'];
  const [out, err] = Array.isArray(told) ? told : [];
  return typeof out === 'string' && typeof err === 'string' ? { out, err } : logFiles(dir, record.id);
}
