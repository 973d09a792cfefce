import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PjError } from '../../src/errors.ts';
import { canonical, type JsonObject } from '../../src/model/json.ts';
import type { Plan } from '../../src/model/plan.ts';
import type { Snapshot } from '../../src/model/record.ts';
import { planImperative } from '../../src/planner/imperative.ts';
import { findStale } from '../../src/planner/stale.ts';
import { execute, NO_MISHAPS } from './executor.ts';
import { countOf, emptySnapshot, expectSound, happen, inputOf, planned } from './history.ts';
import { histories, IDS, type Turn } from './scenario.ts';
import { World } from './world.ts';

const COMMANDS = ['start', 'stop', 'restart', 'pause', 'resume'] as const;
const runs = Number(process.env['PJ_PROPERTY_RUNS'] ?? 2000);
/** Ten thousand histories take a minute or so on a busy machine. */
const LIMIT = 10 * 60_000;
const share = (part: number): fc.Parameters<unknown> => ({ numRuns: Math.max(1, Math.ceil(runs * part)) });

/** A world with things in it that are no business of the project's. */
function worldWithStrangers(): { world: World; untouched(): boolean } {
  const world = new World();
  for (const id of IDS) {
    for (const [project, lineage] of [
      ['other', 'lin'],
      ['proj', 'older'],
    ] as const) {
      world.start(
        world.create({ project, lineage, id, generation: 1 }, 'native', { native: { command: 'x' } }, 'theirs'),
      );
    }
  }
  const strangers = () =>
    canonical([...world.instances.values()].filter((one) => one.specDigest === 'theirs') as unknown as JsonObject[]);
  const before = strangers();
  return { world, untouched: () => strangers() === before };
}

/** Turn after turn: plan, apply with mishaps. Then plan and apply once more without, after which nothing may be left to do. */
function live(history: readonly Turn[], mishaps: boolean) {
  const { world, untouched } = worldWithStrangers();
  const snapshot = emptySnapshot();
  let refused = false;
  for (const turn of history) {
    happen(turn, snapshot, world);
    const made = planned(inputOf(turn.desired, snapshot, world, turn.secrets));
    refused = refuses(made);
    const before = structuredClone(snapshot);
    const ran = execute(
      made,
      snapshot,
      world,
      turn.secrets,
      mishaps ? turn.mishaps : { ...NO_MISHAPS, picks: turn.mishaps.picks },
    );
    expectSound(snapshot, world);
    if (!ran.killed && ran.failed.length === 0) {
      expect(ran.done.length).toBe(made.steps.length);
      expect(countOf(made.steps, before)).toEqual(made.summary);
    }
  }
  expect(untouched()).toBe(true);
  return { world, snapshot, untouched, refused };
}

const refuses = (made: Plan): boolean => made.changes.some((change) => change.refused !== undefined);

/**
 * Applies without mishaps until nothing is left to do; throws when it takes more than `most`. A plan that refuses something (and that
 * pj therefore applies only in part, if at all) may leave what that has to do with the rest to one more.
 */
function settle(
  last: Turn,
  { snapshot, world }: { snapshot: Snapshot; world: World },
  most: number,
  refusedBefore: boolean,
): void {
  let grace = refusedBefore ? 2 : 0;
  for (let round = 0; ; round++) {
    const made = planned(inputOf(last.desired, snapshot, world, last.secrets));
    if (made.steps.length === 0) return;
    if (refuses(made)) grace = 2;
    if (round >= most + grace)
      throw new Error(
        `after ${most} applies there is still to do: ${made.steps.map((s) => `${s.id} (${s.cause.type})`).join(', ')}`,
      );
    execute(made, snapshot, world, last.secrets, NO_MISHAPS);
    expectSound(snapshot, world);
  }
}

describe('the planner, over random histories', { timeout: LIMIT }, () => {
  it('has nothing left to do after an apply in which nothing fails', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const lived = live(history, false);
        const last = history.at(-1);
        if (last !== undefined) settle(last, lived, 0, lived.refused);
      }),
      share(0.3),
    );
  });

  it('converges after failures and kills, one apply being enough', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const lived = live(history, true);
        const last = history.at(-1);
        if (last !== undefined) settle(last, lived, 1, lived.refused);
        expect(lived.untouched()).toBe(true);
      }),
      share(0.35),
    );
  });

  it('breaks no dependency with targets and excludes, and touches nothing outside them', () => {
    fc.assert(
      fc.property(
        histories,
        fc.subarray(IDS, { maxLength: 3 }),
        fc.subarray(IDS, { maxLength: 2 }),
        (history, some, others) => {
          const { snapshot, world, untouched } = live(history.slice(0, -1), true);
          const last = history.at(-1);
          if (last === undefined) return;
          const known = (id: string) => last.desired.some((w) => w.id === id) || snapshot.workloads[id] !== undefined;
          const targets = some.filter(known);
          const excludes = others.filter((id) => known(id) && !targets.includes(id));
          const made = planned(inputOf(last.desired, snapshot, world, last.secrets, { targets, excludes }));
          for (const step of made.steps) expect(excludes).not.toContain(step.workload);
          const ran = execute(made, snapshot, world, last.secrets, last.mishaps);
          expectSound(snapshot, world);
          if (!ran.killed && ran.failed.length === 0) {
            // What is gone now can be no target any more; a plan without any would be of everything.
            const left = { targets: targets.filter(known), excludes: excludes.filter(known) };
            if (left.targets.length === 0 && targets.length > 0) return;
            const again = planned(inputOf(last.desired, snapshot, world, last.secrets, left));
            expect(again.steps.map((step) => step.id)).toEqual([]);
          }
          expect(untouched()).toBe(true);
        },
      ),
      share(0.1),
    );
  });

  it('destroys everything but what is protected, and nothing else', () => {
    fc.assert(
      fc.property(histories, (history) => {
        const { snapshot, world, untouched } = live(history, true);
        const last = history.at(-1);
        if (last === undefined) return;
        const made = planned(inputOf(last.desired, snapshot, world, last.secrets, { mode: 'destroy' }));
        const ran = execute(made, snapshot, world, last.secrets, NO_MISHAPS);
        expect(ran.done.length).toBe(made.steps.length);
        const refused = made.changes.filter((change) => change.refused !== undefined).map((change) => change.id);
        expect(Object.keys(snapshot.workloads).sort()).toEqual(refused.sort());
        for (const one of world.instances.values()) {
          if (one.identity.lineage === 'lin' && one.identity.project === 'proj' && one.status === 'running') {
            expect(refused).toContain(one.identity.id);
          }
        }
        expect(untouched()).toBe(true);
      }),
      share(0.05),
    );
  });

  it('replaces what it is asked to, and then has nothing left to do', () => {
    fc.assert(
      fc.property(histories, fc.subarray(IDS, { minLength: 1, maxLength: 3 }), (history, some) => {
        const { snapshot, world, untouched, refused } = live(history, true);
        const last = history.at(-1);
        if (last === undefined) return;
        settle(last, { snapshot, world }, 1, refused);
        const known = some.filter((id) => snapshot.workloads[id] !== undefined);
        const made = planned(inputOf(last.desired, snapshot, world, last.secrets, { replace: known }));
        const before = structuredClone(snapshot);
        const ran = execute(made, snapshot, world, last.secrets, { ...NO_MISHAPS, picks: last.mishaps.picks });
        expect(ran.done.length).toBe(made.steps.length);
        expect(countOf(made.steps, before)).toEqual(made.summary);
        settle(last, { snapshot, world }, 0, refuses(made));
        expect(untouched()).toBe(true);
      }),
      share(0.1),
    );
  });

  it('starts, stops and restarts by command without breaking a dependency, after which an apply sets all right', () => {
    fc.assert(
      fc.property(
        histories,
        fc.array(
          fc.record({
            command: fc.constantFrom(...COMMANDS),
            ids: fc.subarray(IDS, { minLength: 1, maxLength: 2 }),
            cascade: fc.boolean(),
          }),
          { maxLength: 3 },
        ),
        (history, commands) => {
          const { snapshot, world, untouched, refused } = live(history, true);
          const last = history.at(-1);
          if (last === undefined) return;
          for (const { command, ids, cascade } of commands) {
            // Only native ones can be paused.
            const able = ids.filter(
              (id) =>
                snapshot.workloads[id] !== undefined &&
                (snapshot.workloads[id]?.provider === 'native' || !['pause', 'resume'].includes(command)),
            );
            if (able.length === 0) continue;
            const input = inputOf(last.desired, snapshot, world, last.secrets);
            const made = planned(input, (given) => planImperative(given, { command, ids: able, cascade }));
            const stale = findStale(made, {
              ...input,
              keyId: 'k1',
              digest: input.sensitive.digest,
              lookup: input.sensitive.lookup,
            });
            // A secret that was changed since the last apply takes an apply.
            if (stale.length > 0) continue;
            execute(made, snapshot, world, last.secrets, last.mishaps);
            expectSound(snapshot, world);
          }
          settle(last, { snapshot, world }, 1, refused);
          expect(untouched()).toBe(true);
        },
      ),
      share(0.1),
    );
  });

  it('never throws anything but an error that says what is wrong', () => {
    fc.assert(
      fc.property(
        histories,
        fc.array(fc.tuple(fc.constantFrom(...IDS), fc.constantFrom(...IDS)), { maxLength: 3 }),
        fc.subarray(IDS),
        (history, pairs, forget) => {
          const { snapshot, world } = live(history, true);
          const last = history.at(-1);
          if (last === undefined) return;
          const moved = pairs.map(([from, to]) => ({ from, to }));
          const input = { ...inputOf(last.desired, snapshot, world, last.secrets), moved, forget };
          try {
            planned(input);
          } catch (thrown) {
            if (!(thrown instanceof PjError) || thrown.code === 'PJ9001') throw thrown;
          }
        },
      ),
      share(0.05),
    );
  });
});
