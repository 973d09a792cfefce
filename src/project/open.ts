import { readActivity } from '../activity/read.ts';
import { PjError } from '../errors.ts';
import { savePlan } from '../state/plan-file.ts';
import { agentOf } from './agent.ts';
import { applyRun, savedPlan } from './apply.ts';
import { previewBasis } from './basis.ts';
import { doctorRun } from './doctor.ts';
import { driftRun } from './drift.ts';
import { connectAhead } from './engines.ts';
import { consoleRun, execRun } from './exec.ts';
import { heal } from './heal.ts';
import { imperativeRun } from './imperative.ts';
import { importRun } from './import.ts';
import { refuseBroken } from './load.ts';
import { logsRun } from './logs.ts';
import { migrateRun } from './migrate.ts';
import type { ApplyRequest, ImperativeCommand, PlanRequest, ProjectOptions } from './options.ts';
import { planFrom } from './plan.ts';
import type { ImperativeOptions, Project } from './project.ts';
import { openRun, projectDir, type Run, withRun } from './run.ts';
import { snapshotsOf } from './snapshots.ts';
import { stateOf } from './state.ts';
import { statusRun } from './status.ts';
import { topRun } from './top.ts';

/** How strict a run is with the descriptors: most refuse to go on when one is broken; what goes by the state alone does not. */
type Strict = 'strict' | 'lenient';

/** What is only to be destroyed needs no descriptor. */
const strictness = (request: PlanRequest): Strict => (request.destroy ? 'lenient' : 'strict');

/**
 * Opens a project: what the commands do, as functions.
 * @throws PjError PJ1007 when there is no such directory
 */
export function openProject(options: ProjectOptions = {}): Project {
  const dir = projectDir(options);
  const within = <T>(strict: Strict, keepKey: boolean, work: (run: Run) => Promise<T>): Promise<T> =>
    withRun(options, { keepKey }, async (run) => {
      if (strict === 'strict') refuseBroken(run.loaded);
      return work(run);
    });
  const planned = (request: PlanRequest, keepKey: boolean) =>
    within(strictness(request), keepKey, async (run) => {
      const refresh = request.refresh ?? true;
      if (refresh) connectAhead(run.engines, run.loaded.workloads, run.signal);
      return planFrom(run, await previewBasis(run, refresh), request);
    });
  const applied = (request: ApplyRequest, plan: PlanRequest, operation: 'apply' | 'destroy') =>
    within(strictness(plan), true, (run) => applyRun(run, request, operation, (r, basis) => planFrom(r, basis, plan)));
  const imperative =
    (command: ImperativeCommand) =>
    (ids: readonly string[], more: ImperativeOptions = {}) =>
      within('lenient', true, (run) =>
        imperativeRun(run, command, ids, {
          ...more,
          cascade: more.cascade ?? false,
          lockTimeout: more.lockTimeout ?? 0,
        }),
      );

  return {
    dir,
    validate: () =>
      within('lenient', false, async ({ loaded }) => {
        const { config, workloads, errors, warnings } = loaded;
        return { config, workloads, errors, warnings };
      }),
    plan: (request = {}) => planned(request, false),
    async savePlan(file, request = {}) {
      const plan = await planned(request, true);
      await savePlan(file, plan);
      return plan;
    },
    loadPlan: savedPlan,
    async apply(request = {}) {
      const { planFile, plan: asked } = request;
      if (planFile === undefined) return applied(request, asked ?? {}, 'apply');
      refuseAsked(asked);
      // The plan holds all that it needs: the descriptors, which may have moved on, are not asked.
      const plan = await savedPlan(planFile);
      return withRun(options, { keepKey: true, recorded: plan.sensitiveSources }, (run) =>
        applyRun(run, request, 'apply', plan),
      );
    },
    async destroy(request = {}) {
      if (request.planFile !== undefined) {
        const what = 'a saved plan says by itself what it destroys: apply it';
        throw new PjError('PJ6005', { command: 'destroy', what });
      }
      return applied(request, { ...request.plan, destroy: true }, 'destroy');
    },
    drift: () => within('lenient', false, driftRun),
    heal: ({ safe = true, reason = 'drift', lockTimeout = 0, ...more } = {}) =>
      within('lenient', true, (run) =>
        heal(run, { safe, reason, lockTimeout, operation: `heal (${reason})`, ...more }),
      ),
    status: (ids = []) => within('lenient', false, (run) => statusRun(run, ids)),
    async *logs(ids, more = {}) {
      const run = await openRun(options, { keepKey: false });
      try {
        yield* logsRun(run, ids, { ...more, follow: more.follow === true });
      } finally {
        await run.engines.close();
      }
    },
    async *top(ids = [], more = {}) {
      const run = await openRun(options, { keepKey: false });
      try {
        yield* topRun(run, ids, more);
      } finally {
        await run.engines.close();
      }
    },
    events: (more = {}) => readActivity(dir, more),
    exec: (id, argv, streams) => within('lenient', false, (run) => execRun(run, id, argv, streams)),
    console: (id, streams) => within('lenient', false, (run) => consoleRun(run, id, streams)),
    start: imperative('start'),
    stop: imperative('stop'),
    restart: imperative('restart'),
    pause: imperative('pause'),
    resume: imperative('resume'),
    migrate: (id, to, request = {}) => within('lenient', true, (run) => migrateRun(run, id, to, request)),
    import: (id, engineId, more = {}) =>
      within('strict', true, (run) => importRun(run, id, engineId, more.lockTimeout ?? 0)),
    snapshots: snapshotsOf((work) => within('lenient', true, work)),
    state: stateOf(dir, options),
    agent: agentOf(dir, options),
    doctor: () => within('lenient', false, doctorRun),
  };
}

/** A saved plan is applied exactly: whoever asks for more is told so. Throws PJ6006. */
function refuseAsked(asked: PlanRequest | undefined): void {
  const flags = Object.entries(asked ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (flags.length > 0) throw new PjError('PJ6006', { flags: flags.join(', ') });
}
