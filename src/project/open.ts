import { savePlan } from '../state/plan-file.ts';
import { agentOf } from './agent.ts';
import { applyRun, savedPlan } from './apply.ts';
import { previewBasis } from './basis.ts';
import { doctorRun } from './doctor.ts';
import { driftRun } from './drift.ts';
import { imperativeRun } from './imperative.ts';
import { importRun } from './import.ts';
import { refuseBroken } from './load.ts';
import { logsRun } from './logs.ts';
import type { ImperativeCommand, PlanRequest, ProjectOptions } from './options.ts';
import { planFrom } from './plan.ts';
import type { ImperativeOptions, Project } from './project.ts';
import { openRun, projectDir, type Run } from './run.ts';
import { stateOf } from './state.ts';
import { statusRun } from './status.ts';

/** How strict a run is with the descriptors: most refuse to go on when one is broken; a look at what runs does not. */
type Strict = 'strict' | 'lenient';

/**
 * Opens a project: what the commands do, as functions.
 * @throws PjError PJ1001 when there is no such directory
 */
export function openProject(options: ProjectOptions = {}): Project {
  const dir = projectDir(options);
  const within = async <T>(strict: Strict, keepKey: boolean, work: (run: Run) => Promise<T>): Promise<T> => {
    const run = await openRun(options, { keepKey });
    try {
      if (strict === 'strict') refuseBroken(run.loaded);
      return await work(run);
    } finally {
      await run.engines.close();
    }
  };
  const planned = (request: PlanRequest, keepKey: boolean) =>
    within('strict', keepKey, async (run) => planFrom(run, await previewBasis(run, request.refresh ?? true), request));
  const imperative =
    (command: ImperativeCommand) =>
    (ids: readonly string[], more: ImperativeOptions = {}) =>
      within('strict', true, (run) =>
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
      if (request.planFile === undefined)
        return within('strict', true, (run) =>
          applyRun(run, request, 'apply', (r, basis) => planFrom(r, basis, request.plan ?? {})),
        );
      // The plan holds all that it needs: the descriptors, which may have moved on, are not asked.
      const plan = await savedPlan(request.planFile);
      const run = await openRun(options, { keepKey: true, recorded: plan.sensitiveSources });
      try {
        return await applyRun(run, request, 'apply', plan);
      } finally {
        await run.engines.close();
      }
    },
    destroy: (request = {}) =>
      within('strict', true, (run) =>
        applyRun(run, request, 'destroy', (r, basis) => planFrom(r, basis, { ...request.plan, destroy: true })),
      ),
    drift: () => within('lenient', false, driftRun),
    status: (ids = []) => within('lenient', false, (run) => statusRun(run, ids)),
    async *logs(ids, more = {}) {
      const run = await openRun(options, { keepKey: false });
      try {
        yield* logsRun(run, ids, { follow: false, ...more });
      } finally {
        await run.engines.close();
      }
    },
    start: imperative('start'),
    stop: imperative('stop'),
    restart: imperative('restart'),
    pause: imperative('pause'),
    resume: imperative('resume'),
    import: (id, engineId, more = {}) =>
      within('strict', true, (run) => importRun(run, id, engineId, more.lockTimeout ?? 0)),
    state: stateOf(dir, options),
    agent: agentOf(dir, options),
    doctor: () => within('lenient', false, doctorRun),
  };
}
