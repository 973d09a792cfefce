/** Who may know whom: architecture.md, "Rooms". `project` is the composition root that commands and the public API share. */
const rooms = {
  model: [],
  errors: ['model'],
  values: ['model', 'os', 'errors'],
  descriptors: ['model', 'os', 'errors', 'values'],
  compose: ['model', 'errors', 'descriptors'],
  planner: ['model', 'errors'],
  state: ['model', 'os', 'errors'],
  os: ['model', 'errors'],
  jvm: ['model', 'os', 'errors'],
  logs: ['model', 'os', 'errors'],
  health: ['model', 'os', 'errors', 'applier'],
  activity: ['model', 'os', 'errors'],
  telemetry: ['model', 'os', 'errors', 'logs', 'values'],
  providers: ['model', 'os', 'errors', 'logs', 'agent', 'values', 'jvm'],
  // interfaces only: see applier-knows-only-interfaces
  applier: ['model', 'errors', 'os', 'providers', 'state', 'values'],
  views: ['model', 'errors'],
  agent: ['model', 'os', 'errors', 'logs', 'state', 'health', 'providers', 'values', 'jvm', 'activity', 'telemetry'],
};

const forbidden = Object.entries(rooms).map(([room, may]) => ({
  name: `${room}-knows-only-${may.join('-') || 'nobody'}`,
  severity: 'error',
  from: { path: `^src/${room}(/|\\.ts$)` },
  to: { path: '^src/', pathNot: `^src/(${[room, ...may].join('|')})(/|\\.ts$)` },
}));

module.exports = {
  forbidden: [
    ...forbidden,
    {
      name: 'applier-knows-only-interfaces',
      severity: 'error',
      from: { path: '^src/applier/' },
      to: { path: '^src/(providers|state|values)/', pathNot: '/contract\\.ts$' },
    },
    {
      name: 'concrete-providers-only-through-the-registry',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/providers/(registry\\.ts|[^/]+/)' },
      to: { path: '^src/providers/[^/]+/' },
    },
    {
      name: 'planner-and-model-are-pure',
      severity: 'error',
      from: { path: '^src/(planner|model)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'commands-do-not-reach-round-the-project',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: {
        path: '^src/(planner|applier|state|providers|agent|descriptors|compose|values|os|health|logs|activity|telemetry)/',
      },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-orphan-types', severity: 'error', from: { path: '^src/' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
