/** Keys without a counterpart, with what to do about them. */
const LEFT: Record<string, readonly [what: string, advice: string]> = {
  annotations: ['pj sets no annotations', 'Write them as `container.labels` where a label serves as well.'],
  attach: ['`pj logs` shows the output of every workload', ''],
  blkio_config: ['this part is not taken', 'See `container.blkio`.'],
  cgroup: ['pj has no cgroup namespaces', 'The engine default holds.'],
  cgroup_parent: ['pj has no cgroup parents', "Set the engine's own cgroup parent where it matters."],
  cpu_count: ['it is for Windows', 'Use `resources.cpu`.'],
  cpu_percent: ['it is for Windows', 'Use `resources.cpu`.'],
  cpu_rt_period: ['pj has no real-time scheduling', ''],
  cpu_rt_runtime: ['pj has no real-time scheduling', ''],
  cpu_shares: ['pj has no relative weights', 'Give a quota of cores with `resources.cpu`.'],
  credential_spec: ['it is for Windows', ''],
  develop: ['pj does not watch source files', 'Run `docker compose watch` while developing, or mount the sources.'],
  device_cgroup_rules: ['pj has no such rules', 'Name the devices in `container.devices`.'],
  dns_opt: ['pj has no resolver options', 'Mount a resolv.conf of your own where they are needed.'],
  dns_search: ['pj has no search domains', 'Use full names, or mount a resolv.conf of your own.'],
  domainname: ['pj has no domain names', 'Write the full name as `container.hostname`.'],
  external_links: ['links are not made', 'Put both containers into one network that is `external: true`.'],
  group_add: ['pj adds no groups', 'Give `user: USER:GROUP`.'],
  ipc: ['pj shares no IPC namespaces', ''],
  isolation: ['it is for Windows', ''],
  label_file: ['pj reads no files of labels', 'Write them into `container.labels`.'],
  mem_swappiness: ['pj does not set it', 'Set vm.swappiness on the host.'],
  models: ['pj runs no models', 'Run the model server as a container of its own and give its address in `env`.'],
  oom_kill_disable: ['pj does not set it', 'Give enough `resources.memory`.'],
  oom_score_adj: ['pj does not set it', ''],
  pid: ['pj shares no process namespaces', ''],
  post_start: ['pj runs no hooks', 'Make it a container of its own with `type: job` that depends on this one.'],
  pre_stop: ['pj runs no hooks', 'Let the program do it when it gets its stop signal.'],
  provider: ['pj calls no providers of Compose', 'Describe it as `external:` with a probe.'],
  runtime: ["pj's `container.runtime` names the engine, not its OCI runtime", "Set the engine's default runtime."],
  stdin_open: ['its standard input is closed', '`pj exec` runs a command in it.'],
  storage_opt: ['pj does not set it', ''],
  use_api_socket: ['pj does not do it', 'Mount the socket of the engine as a volume, if you must.'],
  uts: ['pj shares no UTS namespaces', ''],
  volumes_from: ['pj takes over no mounts of others', 'List the same `volumes` here.'],
};

/** Why a key is not taken, and what to do. */
export function adviceFor(key: string): { what: string; advice: string } {
  const [what, advice] = LEFT[key] ?? [
    'it has no counterpart that pj knows of, and was left out',
    'Look whether a key of `pj explain container` serves; otherwise the engine default holds.',
  ];
  return { what, advice };
}
