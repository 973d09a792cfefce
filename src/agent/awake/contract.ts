import type { ActivityLog } from '../../activity/log.ts';
import type { AgentConfig, AwakeStatus, AwakeWorkload, Sample } from '../../model/awake.ts';
import type { Json } from '../../model/json.ts';
import type { WorkloadRecord } from '../../model/record.ts';
import type { Spec } from '../../model/spec.ts';
import type { Provider } from '../../providers/contract.ts';

/** One workload that the agent watches: what the state says of it. */
export interface Watched {
  record: WorkloadRecord;
  /** Another one as soon as what runs is another thing: another container, process, generation. */
  instance: string;
}

/** What is asked of a `pj` of its own (a child process), which takes the lock, journals and audits like any other. */
export interface Act {
  /** `kill` ends at once and leaves FAILED; `stop` is the graceful one, those that depend on it first; `heal` brings back what was applied last. */
  action: 'start' | 'stop' | 'restart' | 'kill' | 'heal';
  /** Empty with `heal`: all. */
  ids: string[];
  /** For people: stands in audit, events and, for what it ends, in the state. */
  reason: string;
  /** Nothing is done to a workload whose instance is another one by then. By id. */
  instances?: Record<string, string>;
  /** `heal`: only what needs no replace and loses no data. */
  safe?: boolean;
  /** ms, since it was read: after that it is broken off, also where nobody is left who asked. Set by the actor. */
  deadline?: number;
}

export interface Acted {
  ok: boolean;
  /** By id: what came of it. */
  done: string[];
  failed: { id: string; code: string; message: string }[];
  /** Not done, as the instance was another one or its state needs it no more. */
  skipped: string[];
  /** Of a `heal`: what has drifted and is left as it is, and why; by id. */
  left?: Record<string, string>;
  error?: { code: string; message: string };
}

/** A part of what must survive the agent's end: one JSON value by the part's name, in `.pj/agent/awake.json`. */
export interface Keep {
  read(): Json | undefined;
  /** Durable (renamed) when it returns. Throws PJ5209. */
  write(value: Json): void;
}

/** What the parts of the watch work with. */
export interface Awake {
  /** Real path of the project. */
  readonly project: string;
  /** The project's name. */
  readonly name: string;
  readonly config: AgentConfig;
  readonly activity: ActivityLog;
  /** By id. A new map whenever the state has changed. */
  readonly watched: ReadonlyMap<string, Watched>;
  /** False as long as the state could not be read at all: that nothing is watched says nothing then. @default true */
  readonly stateKnown?: boolean;
  /** When the look began that `watched` and `busy` are of, by `monotonic`. @default now */
  readonly lookedAt?: number;
  /** The last sample of each, by id. */
  readonly samples: ReadonlyMap<string, Sample>;
  /** Another run holds the lock of the state: what is seen now may be its doing. */
  readonly busy: boolean;
  /** The agent is a new one after a reboot, and what should run is still being brought up. */
  readonly booting: boolean;
  /** What all parts know, those that show it elsewhere (metrics, telemetry) ask for. Not to be called from a part's own `status` or `about`. */
  status(): AwakeStatus;
  provider(name: string): Promise<Provider>;
  /** Makes a new provider when it is asked for next: a call of the one there is does not come back. */
  renew?(name: string): void;
  /** `still`: asked right before it is carried out, which may be long after; false: all of it is skipped. */
  act(act: Act, still?: () => boolean): Promise<Acted>;
  keep(part: string): Keep;
  /** Wall clock, and milliseconds that only go forward: both of a simulation in tests. */
  now(): Date;
  monotonic(): number;
  random(): number;
  /** One line in the agent's log. */
  log(text: string): void;
  /** The program of pj (bin/pj.js), for those that only look. Absent: beside the agent's own. */
  readonly pjEntry?: string;
  /** The spec of what this agent runs itself, with the sensitive values that it knows. Never to be written down. */
  specOf?(record: WorkloadRecord): Spec | undefined;
}

/** One concern of the watch: enforcement, health, metrics, … Its calls must not throw and not block: long work goes on by itself, one at a time. */
export interface Part {
  readonly name: string;
  /** It wants samples of what is watched, though nothing in state or pj.yaml asks for any. */
  readonly wantsSamples?: boolean;
  /** It still brings up what should run after a reboot. */
  readonly booting?: boolean;
  /** Takes up what an agent before this one left. Before the first tick. */
  begin?(): Promise<void> | void;
  /** After every sampling, once a second by default. */
  tick?(): void;
  /** State or configuration has changed. */
  changed?(): void;
  /** What it knows of a workload, for `pj status` and `pj top`. */
  about?(id: string): Partial<AwakeWorkload>;
  /** What it knows beside that. */
  status?(): Partial<AwakeStatus>;
  end?(/** Another agent takes its place at once. */ handOver?: boolean): Promise<void> | void;
}

/** Makes a part; loaded when the agent wakes. */
export type MakePart = (awake: Awake) => Part;
