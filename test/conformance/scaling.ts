import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type JsonObject, type Pointer, at as valueAt } from '../../src/model/json.ts';
import type { Identity } from '../../src/model/record.ts';
import type { Spec } from '../../src/model/spec.ts';
import type { CallContext, Made, Provider, Target } from '../../src/providers/contract.ts';
import { runningRecord } from '../support/records.ts';

/** One change of resources. */
export interface Step {
  path: Pointer;
  spec: Spec;
}

/** What the suite needs of a kind: made anew for every test. */
export interface ScalingCase {
  provider(): Provider;
  /** Where names stand beside those of other cases; default `scaling`. */
  project?: string;
  /** Runs until it is stopped. */
  spec: Spec;
  /** One after the other, up and down: each changes one path of the one before, while it runs. */
  steps: Step[];
  /** The same, that take a restart, and the reason that is given. Not done here. */
  restarts?: (Step & { reason: RegExp })[];
  /** A change that is planned as live and cannot be held when it comes to it: the code of what is thrown; what was held before still is. */
  impossible?: (Step & { code: string })[];
  /** Called when it runs, before anything is changed: waits until it can take changes. */
  ready?(attributes: JsonObject): Promise<unknown>;
  /** What names the very thing that runs (a pid, a container's id). */
  engineId(attributes: JsonObject): unknown;
  /** What kernel or engine hold of that path, asked without pj. */
  held(path: Pointer, attributes: JsonObject): Promise<number | undefined> | number | undefined;
  clear(): Promise<void>;
}

/** Vertical scaling: changed resources are taken up live, by the same thing, and held by kernel or engine. */
export function scaling(
  name: string,
  make: (lineage: string) => Promise<ScalingCase>,
  /** Milliseconds. */
  timeout = 180_000,
): void {
  describe(`vertical scaling of ${name}`, { timeout }, () => {
    let at: ScalingCase;
    let lineage: string;
    let provider: Provider;
    const context: CallContext = { signal: new AbortController().signal, progress: () => undefined };
    beforeEach(async () => {
      lineage = randomUUID();
      at = await make(lineage);
      provider = at.provider();
    });
    afterEach(async () => {
      await provider.close?.();
      await at.clear();
    });

    const target = (spec: Spec, made?: Made): Target => {
      const identity: Identity = { project: at.project ?? 'scaling', lineage, id: 'a', generation: 1 };
      return { identity, handle: made?.handle ?? null, spec, stored: spec, specDigest: JSON.stringify(spec) };
    };
    const record = (spec: Spec, made: Made | undefined) =>
      runningRecord({
        id: 'a',
        kind: provider.kind,
        spec,
        handle: made?.handle ?? null,
        attributes: made?.attributes ?? {},
      });
    const told = (before: Spec, { path, spec }: Step, made?: Made) =>
      provider.classify(path, valueAt(before, path), valueAt(spec, path), record(before, made), spec);
    /** As near as kernels and guests go: a thousandth, or what a page or a balloon makes. */
    const expectHeld = async (path: Pointer, spec: Spec, made: Made): Promise<void> => {
      const wanted = Number(valueAt(spec, path));
      const held = await at.held(path, made.attributes);
      expect([path, held], `${path} = ${wanted}`).toEqual([path, expect.any(Number)]);
      const near = path.endsWith('emory') ? 1 << 20 : wanted / 1000;
      expect(Math.abs(Number(held) - wanted), `${path}: ${held} is held, not ${wanted}`).toBeLessThanOrEqual(near);
      const [seen] = await provider.read([record(spec, made)], context);
      const field = seen?.fields[path];
      if (field !== undefined) expect([path, field]).toEqual([path, wanted]);
    };

    it('takes every change while it runs, is the same still, and holds what was asked for', async () => {
      const created = await provider.create(target(at.spec), context);
      let made = await provider.start(target(at.spec, created), context);
      await at.ready?.(made.attributes);
      const before = at.engineId(made.attributes);
      expect(before).toBeDefined();
      let spec = at.spec;
      for (const step of at.steps) {
        expect([step.path, told(spec, step, made).updateClass]).toEqual([step.path, 'live']);
        made = await provider.update(target(step.spec, made), [step.path], context);
        expect(at.engineId(made.attributes)).toEqual(before);
        spec = step.spec;
        await expectHeld(step.path, spec, made);
      }
      for (const step of at.impossible ?? []) {
        expect([step.path, told(spec, step, made).updateClass]).toEqual([step.path, 'live']);
        await expect(provider.update(target(step.spec, made), [step.path], context)).rejects.toMatchObject({
          code: step.code,
        });
        await expectHeld(step.path, spec, made);
      }
      const [seen] = await provider.read([record(spec, made)], context);
      expect(seen?.status).toBe('running');
      expect(at.engineId(seen?.attributes ?? {})).toEqual(before);
      for (const step of at.restarts ?? []) {
        const answer = told(spec, step, made);
        expect([step.path, answer.updateClass]).toEqual([step.path, 'restart']);
        expect(answer.reason).toMatch(step.reason);
      }
    });
  });
}
