import type { PjCommandClass } from './command.ts';

/** One command of pj: its words, its place in the help, and how its code is loaded when it is called. */
export interface CatalogEntry {
  group: Group;
  /** Other words for it. */
  aliases?: string[];
  /** For pj's own processes: no help and no completion tells of it. */
  hidden?: true;
  load(): Promise<PjCommandClass>;
}

/** The groups of the help, in order. */
export const GROUPS = {
  start: 'Begin and check',
  main: 'Plan and apply',
  look: 'Look',
  act: 'Act on one workload',
  state: 'State',
  more: 'More',
} as const;
export type Group = keyof typeof GROUPS;

/** Every command by its words. A word that several share (`state`) is a topic. */
export const CATALOG: Record<string, CatalogEntry> = {
  init: { group: 'start', load: async () => (await import('../commands/init.ts')).Init },
  validate: { group: 'start', load: async () => (await import('../commands/validate.ts')).Validate },
  fmt: { group: 'start', load: async () => (await import('../commands/fmt.ts')).Fmt },
  plan: { group: 'main', load: async () => (await import('../commands/plan.ts')).PlanCommand },
  'plan diff': { group: 'main', load: async () => (await import('../commands/plan-diff.ts')).PlanDiff },
  apply: { group: 'main', load: async () => (await import('../commands/apply.ts')).Apply },
  destroy: { group: 'main', load: async () => (await import('../commands/destroy.ts')).Destroy },
  drift: { group: 'main', load: async () => (await import('../commands/drift.ts')).DriftCommand },
  status: { group: 'look', aliases: ['ps'], load: async () => (await import('../commands/status.ts')).Status },
  top: { group: 'look', load: async () => (await import('../commands/top.ts')).Top },
  logs: { group: 'look', load: async () => (await import('../commands/logs.ts')).Logs },
  events: { group: 'look', load: async () => (await import('../commands/events.ts')).Events },
  show: { group: 'look', load: async () => (await import('../commands/show.ts')).Show },
  graph: { group: 'look', load: async () => (await import('../commands/graph.ts')).Graph },
  exec: { group: 'act', load: async () => (await import('../commands/exec.ts')).Exec },
  start: { group: 'act', load: async () => (await import('../commands/start.ts')).Start },
  stop: { group: 'act', load: async () => (await import('../commands/stop.ts')).Stop },
  restart: { group: 'act', load: async () => (await import('../commands/restart.ts')).Restart },
  pause: { group: 'act', load: async () => (await import('../commands/pause.ts')).Pause },
  resume: { group: 'act', load: async () => (await import('../commands/resume.ts')).Resume },
  console: { group: 'act', load: async () => (await import('../commands/console.ts')).Console },
  migrate: { group: 'act', load: async () => (await import('../commands/migrate.ts')).Migrate },
  'snapshot create': {
    group: 'act',
    load: async () => (await import('../commands/snapshot/create.ts')).SnapshotCreate,
  },
  'snapshot list': {
    group: 'act',
    aliases: ['snapshot ls'],
    load: async () => (await import('../commands/snapshot/list.ts')).SnapshotList,
  },
  'snapshot revert': {
    group: 'act',
    load: async () => (await import('../commands/snapshot/revert.ts')).SnapshotRevert,
  },
  'snapshot delete': {
    group: 'act',
    load: async () => (await import('../commands/snapshot/delete.ts')).SnapshotDelete,
  },
  import: { group: 'state', load: async () => (await import('../commands/import.ts')).Import },
  'state list': {
    group: 'state',
    aliases: ['state ls'],
    load: async () => (await import('../commands/state/list.ts')).StateList,
  },
  'state show': { group: 'state', load: async () => (await import('../commands/state/show.ts')).StateShow },
  'state rm': { group: 'state', load: async () => (await import('../commands/state/rm.ts')).StateRm },
  'state mv': { group: 'state', load: async () => (await import('../commands/state/mv.ts')).StateMv },
  'state pull': { group: 'state', load: async () => (await import('../commands/state/pull.ts')).StatePull },
  'state push': { group: 'state', load: async () => (await import('../commands/state/push.ts')).StatePush },
  'state unlock': { group: 'state', load: async () => (await import('../commands/state/unlock.ts')).StateUnlock },
  explain: { group: 'more', load: async () => (await import('../commands/explain.ts')).Explain },
  doctor: { group: 'more', load: async () => (await import('../commands/doctor.ts')).Doctor },
  'agent start': { group: 'more', load: async () => (await import('../commands/agent/start.ts')).AgentStart },
  'agent stop': { group: 'more', load: async () => (await import('../commands/agent/stop.ts')).AgentStop },
  'agent status': { group: 'more', load: async () => (await import('../commands/agent/status.ts')).AgentStatus },
  'agent install': { group: 'more', load: async () => (await import('../commands/agent/install.ts')).AgentInstall },
  'agent uninstall': {
    group: 'more',
    load: async () => (await import('../commands/agent/uninstall.ts')).AgentUninstall,
  },
  'agent act': {
    group: 'more',
    hidden: true,
    load: async () => (await import('../commands/agent/act.ts')).AgentAct,
  },
  completion: { group: 'more', load: async () => (await import('../commands/completion.ts')).Completion },
  version: { group: 'more', load: async () => (await import('../commands/version.ts')).Version },
};

/** The topics, and what each is about. */
export const TOPICS: Record<string, string> = {
  snapshot: 'keep what a virtual machine is, and go back to it',
  state: 'look into the state and mend it',
  agent: 'the process that keeps workloads running',
};

/** The words of the command that an alias stands for; a command's own words stand for themselves. Undefined: no such command. */
export function commandNamed(words: string): string | undefined {
  if (Object.hasOwn(CATALOG, words)) return words;
  return Object.entries(CATALOG).find(([, entry]) => entry.aliases?.includes(words))?.[0];
}

/** The commands that people are told of. */
export function shownCommands(): [string, CatalogEntry][] {
  return Object.entries(CATALOG).filter(([, { hidden }]) => hidden !== true);
}

/** Every word sequence that names a command which people are told of, aliases too. */
export function commandNames(): string[] {
  return shownCommands().flatMap(([name, entry]) => [name, ...(entry.aliases ?? [])]);
}
