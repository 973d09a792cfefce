import { randomUUID } from 'node:crypto';
import type { Sighting, WorkloadCall } from '../../agent/calls.ts';
import { reviveAgent } from '../../agent/control.ts';
import { keyOf } from '../../agent/entry.ts';
import { defaultAgentEntry } from '../../agent/entry-path.ts';
import { baseEnvironment } from '../../agent/environment.ts';
import { releaseTenantUnwatched, releaseUnwatched } from '../../agent/release.ts';
import { sampleUnwatched } from '../../agent/sample.ts';
import type { Identity } from '../../model/record.ts';
import { stopPolicy } from '../../model/spec.ts';
import type { CallContext, Target, Usage } from '../contract.ts';
import { type AgentLink, agentLink } from './agent-link.ts';
import { lookWithoutAgent } from './look.ts';

/** What a provider whose workloads the project's agent runs works in. */
export interface CareOptions {
  /** Absolute path of the project, links resolved. */
  dir: string;
  env: Record<string, string | undefined>;
  pjVersion: string;
  /** The agent's program; default beside the bundle. PJ_AGENT_ENTRY in `env` overrides it. */
  agentEntry?: string;
  /** Seconds without work after which the agent ends; default 30. */
  agentIdle?: number;
}

/** What to do to one instance: the target of the call, as the agent is to have it. */
export type Cared = Omit<Target, 'handle'> & { instance?: string | undefined };

/** The agent, as those use it whose workloads are processes. Reading needs no agent and starts none. */
export interface Care {
  readonly link: AgentLink;
  /** The environment that every process gets. */
  readonly base: Record<string, string>;
  /** All that is in care, of whatever kind. */
  look(signal: AbortSignal): Promise<Sighting[]>;
  create(target: Cared, context: CallContext): Promise<Sighting>;
  start(target: Cared, context: CallContext): Promise<Sighting>;
  update(target: Cared, context: CallContext): Promise<Sighting>;
  stop(target: Cared, context: CallContext): Promise<void>;
  destroy(target: Cared, destroyVolumes: boolean, context: CallContext): Promise<void>;
  release(of: { identity: Identity; instance?: string | undefined }, context: CallContext): Promise<void>;
  /** The same for an application inside a host JVM. */
  releaseTenant(of: { identity: Identity; instance?: string | undefined }, context: CallContext): Promise<void>;
  /** One usage for each, under the id that is given with it. */
  sample(wanted: readonly { id: string; sighting: Sighting }[], context: CallContext): Promise<Usage[]>;
  watch(context: CallContext): Promise<void>;
  /** An agent that has nothing left to do since the last call ends. */
  close(): Promise<void>;
}

/** Seconds that a call may take beyond the grace period of what it has to stop. */
const CALL_MARGIN = 60;

export function openCare(options: CareOptions): Care {
  const { dir, env } = options;
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

  const callOf = ({ identity, instance, spec, stored, origin, specDigest }: Cared): WorkloadCall => ({
    identity,
    ...(instance === undefined ? {} : { instance }),
    spec,
    ...(stored === undefined ? {} : { stored }),
    ...(origin === undefined ? {} : { origin }),
    specDigest,
    base,
  });
  const nameOf = ({ identity, instance }: Pick<Cared, 'identity' | 'instance'>) => ({
    identity,
    ...(instance === undefined ? {} : { instance }),
  });
  const within = ({ signal }: CallContext, { spec }: Cared) => ({
    signal,
    timeout: CALL_MARGIN + stopPolicy(spec).gracePeriod,
  });

  const releaseBy = async (
    method: 'release' | 'releaseTenant',
    { identity, instance }: { identity: Identity; instance?: string | undefined },
    { signal }: CallContext,
  ): Promise<void> => {
    const answer = await link.ask(method, nameOf({ identity, instance }), signal);
    if (answer !== undefined) left = true;
    const unwatched = method === 'release' ? releaseUnwatched : releaseTenantUnwatched;
    // None is started for this: it would start what nobody asked for. One after the other, as they share one lock.
    const turn = releasing.then(() => (answer === undefined ? unwatched(dir, identity, instance) : undefined));
    releasing = turn.catch(() => undefined);
    await turn;
  };

  return {
    link,
    base,
    look: async (signal) => (await link.ask('look', {}, signal)) ?? lookWithoutAgent(dir),
    create: (target, context) => link.call('create', callOf(target), within(context, target)),
    start(target, context) {
      // The name of this start: should the agent die, the next one knows whether it has been made.
      return link.call('start', { ...callOf(target), run: randomUUID() }, within(context, target));
    },
    update: (target, context) => link.call('update', callOf(target), within(context, target)),
    async stop(target, context) {
      context.progress(`stopping (up to ${stopPolicy(target.spec).gracePeriod} s)`);
      await link.call(
        'stop',
        { ...nameOf(target), ...(target.atOnce ? { atOnce: true } : {}) },
        within(context, target),
      );
    },
    async destroy(target, destroyVolumes, context) {
      await link.call('destroy', { ...nameOf(target), destroyVolumes }, within(context, target));
      left = true;
    },
    release: (of, context) => releaseBy('release', of, context),
    releaseTenant: (of, context) => releaseBy('releaseTenant', of, context),
    async sample(wanted, { signal }) {
      const entries = wanted.map(({ sighting }) => sighting.entry);
      const keys = entries.map(({ identity }) => keyOf(identity));
      const usage = (await link.ask('sample', { keys }, signal)) ?? (await sampleUnwatched(entries));
      const byId = new Map(usage.map((one) => [one.id, one]));
      return wanted.map(({ id, sighting }) => ({ ...byId.get(sighting.entry.identity.id), id }));
    },
    async watch({ signal }) {
      await reviveAgent({ ...ensure, signal });
    },
    close: () => link.close(left),
  };
}
